"""duis"""
