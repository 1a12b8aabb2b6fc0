"""Tells schemathesis how to send the media type of the upload protocol."""

import schemathesis


@schemathesis.serializer("application/offset+octet-stream", "application/octet-stream")
def octets(_, value):
    return value if isinstance(value, bytes) else str(value).encode()
