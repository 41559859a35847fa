"""Messages from one state file to another, each once and in order, over connections that lose, repeat and damage."""
