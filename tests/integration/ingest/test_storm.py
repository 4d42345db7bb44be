"""Many books are lost at once and the REST budget is small."""

from aiokafka import AIOKafkaProducer

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import FAULTS_PATH
from schemas.kafka.admin import ensure_topics
from schemas.market import BookReset, DepthSnapshot
from schemas.settings import Settings
from schemas.signals import LargeOrderEvent
from schemas.topics import DEPTH, LARGE_ORDERS
from tests.support.ingesting.service import TopicReader, broker, ingesting, settings_for
from tests.support.markets.records import signal
from tests.support.servers.exchange import Running, running

__all__ = ["broker"]

SYMBOLS = tuple(f"SIM{number:03}USDT" for number in range(1, 7))
LAST = SYMBOLS[-1]
WINDOW_S = 1.5
AT_ONCE = 2
"""Snapshots that the budget of one window allows."""
SNAPSHOT_WEIGHT = 20


async def open_order(settings: Settings, symbol: str) -> None:
    """Say on the topic of large orders that `symbol` has one."""
    event = signal(LargeOrderEvent, symbol=symbol)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka.brokers)
    await producer.start()
    try:
        # What cannot be read is passed over.
        for garbage in (None, b"", b"{", b'{"venue": 1}', b"\xff"):
            await producer.send_and_wait(LARGE_ORDERS.name, garbage, partition=0, key=b"k")
        await producer.send_and_wait(LARGE_ORDERS.name, event.model_dump_json().encode())
    finally:
        await producer.stop()


async def cut_depth(exchange: Running) -> None:
    fault = {"faults": [{"kind": "cut", "route": "public"}]}
    async with exchange.session.post(exchange.ready["rest_url"] + FAULTS_PATH, json=fault) as sent:
        assert sent.status == 200


async def test_books_with_large_orders_are_rebuilt_first(broker: str) -> None:
    async with running(ExchangeConfig(symbols=SYMBOLS, speed=5.0)) as exchange:
        settings = settings_for(
            broker,
            exchange.ready,
            symbols=SYMBOLS,
            weight_per_minute=2 * AT_ONCE * SNAPSHOT_WEIGHT,
            weight_window_s=WINDOW_S,
            # Polls would take weight away from the snapshots.
            open_interest_interval_s=3_600.0,
        )
        await ensure_topics(settings.kafka)
        await open_order(settings, LAST)
        async with ingesting(settings), TopicReader(broker, DEPTH) as reader:
            depth = reader.values[DEPTH.name]

            def snapshots() -> list[DepthSnapshot]:
                return [record for record in depth if isinstance(record, DepthSnapshot)]

            await reader.until(lambda: len(snapshots()) == len(SYMBOLS))
            await cut_depth(exchange)
            await reader.until(lambda: len(snapshots()) == 2 * len(SYMBOLS))
            resets = sum(isinstance(record, BookReset) for record in depth)
        again = sorted(snapshots(), key=lambda record: record.received_us)[len(SYMBOLS) :]
    order = [record.symbol for record in again]
    assert sorted(order) == sorted(SYMBOLS)
    assert resets >= 2 * len(SYMBOLS)
    # Those who asked before it did, while the window had room, may have gone before.
    assert order.index(LAST) <= AT_ONCE
