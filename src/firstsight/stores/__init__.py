"""
Stores by URL: where sources are read and derivatives are kept.

    file:///srv/photos   s3://bucket/prefix   gs://bucket/prefix   az://container/prefix   memory://

Keys are text with `/` between segments, never empty, `.` or `..`. A put is atomic: a key holds the whole old blob or
the whole new one. All calls block; all are safe to make from several threads.
"""

from firstsight.stores.blob import CHUNK, Blob, BlobInfo
from firstsight.stores.opening import open_store
from firstsight.stores.store import Store

__all__ = ["CHUNK", "Blob", "BlobInfo", "Store", "open_store"]
