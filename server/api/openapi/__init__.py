"""The OpenAPI document of the interfaces."""
