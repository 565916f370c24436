"""Rows out of nested records: OTLP spans and metrics, pages of the OpenAI usage endpoint, Prometheus answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue")
_NANO = 1e9


def otlp_spans(record: Mapping[str, Any]) -> Iterator[Row]:
    """One row per span: its attributes by name, with times, ids and the service beside them."""
    for resource in _list(record, "resourceSpans"):
        shared = _attributes(_dict(resource, "resource"))
        for scope in _list(resource, "scopeSpans"):
            for span in _list(scope, "spans"):
                row = {**shared, **_attributes(span)}
                for name in ("traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"):
                    row[name] = span.get(name)
                if span.get("spanId"):
                    row["otel.id"] = f"{span.get('traceId')}/{span['spanId']}"
                yield row


def otlp_metrics(record: Mapping[str, Any]) -> Iterator[Row]:
    """One row per point of a sum or histogram: name, labels, time and value, as a Prometheus sample has them."""
    for resource in _list(record, "resourceMetrics"):
        shared = _attributes(_dict(resource, "resource"))
        for scope in _list(resource, "scopeMetrics"):
            for metric in _list(scope, "metrics"):
                yield from _points(str(metric.get("name")), metric, shared)


def _points(name: str, metric: Mapping[str, Any], shared: Row) -> Iterator[Row]:
    for kind in ("sum", "histogram"):
        body = metric.get(kind)
        if not isinstance(body, dict):
            continue
        delta = body.get("aggregationTemporality") in (1, "AGGREGATION_TEMPORALITY_DELTA")
        for point in _list(body, "dataPoints"):
            row = {
                "labels": {**shared, **_attributes(point)},
                "time": point.get("timeUnixNano"),
                "delta": delta,
            }
            if kind == "sum":
                yield {**row, "metric": name, "value": point.get("asInt", point.get("asDouble"))}
            else:
                yield {**row, "metric": f"{name}_sum", "value": point.get("sum")}
                yield {**row, "metric": f"{name}_count", "value": point.get("count")}


def openai_pages(record: Mapping[str, Any]) -> Iterator[Row]:
    """One row per result of a bucket of time; a bucket without results is a row of nothing used."""
    data = record.get("data")
    for bucket in data if isinstance(data, list) else [record]:
        if not isinstance(bucket, dict):
            yield {"unfold.broken": "no bucket"}
            continue
        if "results" not in bucket:
            yield bucket  # rows of another API, wrapped in an object
            continue
        span = {"start_time": bucket.get("start_time"), "end_time": bucket.get("end_time")}
        for result in bucket.get("results") or []:
            yield {**result, **span} if isinstance(result, dict) else {"unfold.broken": "no result"}


def prometheus_samples(record: Mapping[str, Any]) -> Iterator[Row]:
    """One row per sample of every series of a ``query_range`` (or ``query``) answer."""
    data = record.get("data")
    series = data.get("result") if isinstance(data, dict) else [record]
    for one in series if isinstance(series, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("metric"), dict):
            yield {"unfold.broken": "no series"}
            continue
        labels = {str(key): str(value) for key, value in one["metric"].items()}
        name = labels.pop("__name__", "")
        values = one.get("values")
        for sample in values if isinstance(values, list) else [one.get("value")]:
            if isinstance(sample, list) and len(sample) == 2:
                yield {"metric": name, "labels": labels, "time": sample[0], "value": sample[1]}
            else:
                yield {"unfold.broken": "no sample"}


def _attributes(holder: Mapping[str, Any]) -> Row:
    """Attributes of OTLP JSON, a list of key and typed value, or already a mapping."""
    found = holder.get("attributes")
    if isinstance(found, dict):
        return dict(found)
    row = {}
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict) and isinstance(one.get("value"), dict):
            row[str(one.get("key"))] = next(
                (one["value"][kind] for kind in _VALUES if kind in one["value"]), None
            )
    return row


def _list(holder: Mapping[str, Any], name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _dict(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


UNFOLDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Row]]] = {
    "otlp_spans": otlp_spans,
    "otlp_metrics": otlp_metrics,
    "openai": openai_pages,
    "prometheus": prometheus_samples,
}
