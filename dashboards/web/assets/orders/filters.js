// The filters of the tables; they live in the address, so a view can be sent to somebody.

// What the fields say before anybody chooses: it need not be in the address.
const DEFAULTS = { minutes: 5, sort: "name" };
const form = document.getElementById("filters");

export function current() {
  const data = new FormData(form);
  return {
    persistent: data.has("persistent"), spoof: data.has("spoof"),
    impact: Number.parseFloat(data.get("impact")) || 0,
    classification: data.get("classification"), side: data.get("side"),
    minutes: Number(data.get("minutes")), sort: data.get("sort"),
  };
}

export function matches(order, filter) {
  const impact = order.state === "closed" ? order.max_impact_ratio : order.impact_ratio;
  return (!filter.persistent || order.is_persistent) && (!filter.spoof || order.is_spoof)
    && (!filter.impact || impact > filter.impact)
    && (!filter.classification || order.classification === filter.classification)
    && (!filter.side || order.side === filter.side);
}

export function isActive(filter) {
  return filter.persistent || filter.spoof || filter.impact > 0 || Boolean(filter.classification || filter.side);
}

function toAddress() {
  const filter = current();
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value && value !== DEFAULTS[name]) query.set(name, value === true ? "1" : value);
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
}

function fromAddress() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value === "1";
    else field.value = value;
  }
}

export function onChange(act) {
  // Whoever chooses from a list by script causes a change alone.
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => {
    toAddress();
    act();
  });
  // The fields are emptied after the event.
  form.addEventListener("reset", () => setTimeout(() => {
    toAddress();
    act();
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
}

fromAddress();
