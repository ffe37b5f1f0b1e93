"""FNV-1a, 32 bits: what Argo names nodes and pods by."""


def fnv1a32(text: str) -> int:
    """Return the hash of `text` in UTF-8."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
