// Takes the events of a run (server-sent, WHATWG HTML section 9.2), gives a page that follows it. Without this script the page
// has a link that reloads it.
const WORDS = new Map([
    ["reading", "Reading submissions"],
    ["comparing", "Comparing pairs"],
    ["clustering", "Making persons"],
    ["writing", "Writing the result"],
]);
function duration(seconds) {
    if (seconds < 60) {
        return `${seconds} s`;
    }
    if (seconds < 3_600) {
        return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    }
    return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}
/** Sets a text, if it is another one: what is read aloud is not read twice. */
function say(id, text) {
    const element = document.getElementById(id);
    if (element !== null && element.textContent !== text) {
        element.textContent = text;
    }
}
function show(card, progress) {
    const { stage, done, total, left_seconds: left } = progress;
    const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
    const bar = document.getElementById("run-bar");
    if (bar instanceof HTMLProgressElement) {
        bar.value = percent;
    }
    let isOver = true;
    for (const item of card.querySelectorAll("[data-stage]")) {
        const isHere = item.getAttribute("data-stage") === stage;
        if (isHere) {
            isOver = false;
        }
        item.className = isHere ? "is-here" : isOver ? "is-done" : "";
    }
    // Only the name of the stage is read aloud; a voice that said each percent would never end.
    say("run-text", WORDS.get(stage) ?? stage);
    say("run-percent", `${percent}%`);
    say("run-left", left === null ? "" : `about ${duration(left)} left`);
}
function follow(card, run) {
    const place = encodeURIComponent(run);
    const events = new EventSource(`/api/v1/runs/${place}/events`);
    events.addEventListener("run", (event) => {
        const now = JSON.parse(event.data);
        if (now.state !== "queued" && now.state !== "running") {
            events.close();
            // The end has figures, and those only a new page has.
            location.replace(`/runs/${place}`);
            return;
        }
        say("run-state", now.state === "queued" ? "waiting" : "running");
        if (now.progress !== null) {
            show(card, now.progress);
        }
    });
}
const card = document.getElementById("run-progress");
const run = card?.dataset["run"];
if (card !== null && run !== undefined) {
    follow(card, run);
}
export {};
