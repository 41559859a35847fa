"""Smart Metering Key Infrastructure: certificates, keystores and a test certification authority."""
