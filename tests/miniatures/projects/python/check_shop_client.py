"""The team's tests, run by `python -m unittest check_shop_client`."""

from __future__ import annotations

import os
import unittest

from shop_client import Refiner  # type: ignore[import-not-found]  # it stands beside this file


class ShopClient(unittest.TestCase):
    def setUp(self) -> None:
        self.refiner = Refiner(os.environ["REFINER_BASE_URL"], os.environ["REFINER_API_KEY"])

    def test_a_user_is_identified(self) -> None:
        self.assertEqual(self.refiner.identify("u-1", email="mira@example.org", plan="pro"), 202)  # noqa: PT009

    def test_contacts_are_a_list(self) -> None:
        self.assertIsInstance(self.refiner.contacts("34de57da-fd12-11ef-83b6-81e7e8e25d94"), list)  # noqa: PT009
