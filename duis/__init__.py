"""The DCC User Interface: documents, their XML signatures, and the services that users may ask for."""
