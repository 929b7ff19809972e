"""
Which of the system's certificates are read for connections to a store.

obstore's client reads the file that holds all of them and then the folder beside it, which holds them again one by one,
and it does both twice for a store of S3: 8 ms, where the file once is 1.
"""

import os

#: Where systems have that file: Amazon Linux, which Lambda runs on, and Debian.
FILES = ("/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt")
#: The variables by which the file and the folder are named (OpenSSL's; rustls-native-certs heeds them, too).
FILE, FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def read_file_only() -> None:
    """Have the folder left out, unless somebody has said which are to be read. Such a file has to be there."""
    if FILE in os.environ or FOLDER in os.environ:
        return
    file = next(filter(os.path.isfile, FILES), None)
    if file is not None:
        os.environ[FILE], os.environ[FOLDER] = file, os.devnull
