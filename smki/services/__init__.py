"""The SMKI's services: what they decide (`certification`), their documents (`documents`), and the server on sockets."""
