"""Each store passes the contract."""

from firstsight.stores import Store
from tests import servers
from tests.store_contract import *  # noqa: F403


def test_a_store_can_be_shown_and_tells_no_secret(store: Store) -> None:
    assert store.url in repr(store)
    assert servers.AZURITE_KEY not in repr(store)
    assert "testing" not in repr(store)
