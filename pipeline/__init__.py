"""The product: footage in, answers out. The only package that knows both detectors and re-identification."""
