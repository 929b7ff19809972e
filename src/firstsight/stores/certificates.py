"""
Having the system's certificates read from one file only.

obstore's client reads the file with all certificates and then the folder beside it, which holds the same ones singly,
and for a store of S3 it does both twice. That takes 8 ms; reading the file once takes 1 ms.
"""

import os

#: Where systems have that file: Amazon Linux, which Lambda runs on, and Debian.
FILES = ("/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt")
#: The variables by which the file and the folder are named (OpenSSL's; rustls-native-certs heeds them, too).
FILE, FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def read_file_only() -> None:
    """Have only the file read, unless the environment already names a file or folder, or there is no such file."""
    if FILE in os.environ or FOLDER in os.environ:
        return
    file = next(filter(os.path.isfile, FILES), None)
    if file is not None:
        os.environ[FILE], os.environ[FOLDER] = file, os.devnull
