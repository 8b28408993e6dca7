// The customer's page: it comes in with a ticket or a code, and shows what the program
// on this computer tells it. It speaks to nobody else.

import { $, again, belowHeader, inside, keep, learn, post, problem, request, show, t, trouble } from "./kit.js";
import * as question from "./question.js";
import * as view from "./view.js";

let done = false; // the program has gone as it should, or feeds another tab
let copied = null; // the fetch of the report, once it began

// enter comes in with what the address has behind its #, which it takes away at once.
async function enter() {
	const ticket = location.hash.slice(1);
	if (location.hash) history.replaceState(null, "", "/");
	if (!ticket) return locked("locked_reload");
	const o = await post("enter", { ticket, code: "" });
	if (!o.secret) return locked(o.why === "ticket" ? "locked_ticket" : "locked_reload");
	come(o.secret);
}

function come(secret) {
	keep(secret);
	show($("locked"), false);
	listen();
}

// locked says why nothing is shown, and how to come in.
function locked(why) {
	keep("");
	question.drop();
	view.report("", false);
	for (const id of ["session", "confirm", "number-form", "end", "stop", "problem"]) show($(id), false);
	$("brand").textContent = t("title");
	document.title = t("title");
	$("heading").textContent = t("locked");
	$("locked-why").textContent = t(why);
	show($("locked"), true);
}

// listen takes what the program tells, and comes back when that breaks off.
async function listen() {
	let since = null; // when it could not be reached first
	for (let pause = 500; !done && inside(); pause = Math.min(pause * 2, 5000)) {
		try {
			const answer = await request("stream");
			if (answer.status === 401) return locked("locked_forgotten");
			if (answer.ok) {
				[since, pause] = [null, 250];
				view.report("", false);
				await lines(answer.body, take);
			}
		} catch {
			// it is said below
		}
		if (done) return;
		question.drop();
		since ??= performance.now();
		view.alone(t(performance.now() - since > 60000 ? "lost_long" : "lost"));
		await new Promise((go) => setTimeout(go, pause));
	}
}

// lines calls take with each line of a stream.
async function lines(body, take) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	for (let rest = ""; ;) {
		const { value, done: over } = await reader.read();
		if (over) return;
		const parts = (rest + value).split("\n");
		rest = parts.pop();
		for (const part of parts) if (part) await take(JSON.parse(part));
	}
}

let last = 0; // the newest event or message that is shown

async function take(m) {
	if (m.state) {
		if (m.state.language && m.state.language !== document.documentElement.lang) await learn(m.state.language);
		view.draw(m.state);
		if (m.state.end?.report && m.state.phase === "ended") copy();
	} else if (m.question) {
		question.ask(m.question);
	} else if (m.closed) {
		question.closed(m.closed);
	} else if (m.event && m.event.seq > last) {
		last = m.event.seq;
		view.happened(m.event);
	} else if (m.chat && m.chat.seq > last) {
		last = m.chat.seq;
		view.said(m.chat);
	} else if (m.output) {
		view.written(m.output);
	} else if (m.elsewhere) {
		done = true;
		question.drop();
		show($("stop"), false);
		view.report(t("elsewhere"), true);
	} else if (m.bye) {
		await copied;
		done = true;
		question.drop();
		view.bye();
		await post("have");
	}
}

// copy fetches the customer's report, once, so that it is here when the program is not.
function copy() {
	copied ??= (async () => {
		try {
			const answer = await request("report");
			view.offer(answer.ok ? await answer.blob() : null);
		} catch {
			view.offer(null);
		}
	})();
}

// stop ends everything. It waits for nothing.
async function stop(e) {
	if (!e.isTrusted) return;
	$("alerts").textContent = t("stopping");
	const o = await post("stop");
	$("alerts").textContent = o.why ? t("stop_unreached") : t("stopped");
}

async function begin() {
	try {
		await learn(document.documentElement.lang);
	} catch {
		await learn("en");
	}
	question.begin();
	view.begin();
	new ResizeObserver(belowHeader).observe(document.querySelector("header"));
	$("stop").addEventListener("click", stop);
	$("reopen").addEventListener("click", async (e) => {
		if (!e.isTrusted) return;
		const o = await post("reopen");
		$("reopened").textContent = o.why ? trouble(o) : t("reopened");
	});
	$("code-form").addEventListener("submit", async (e) => {
		e.preventDefault();
		const o = await post("enter", { ticket: "", code: $("code").value.replace(/\s/g, "") });
		if (o.secret) {
			problem("code-problem");
			return come(o.secret);
		}
		problem("code-problem", o.why === "code" ? (o.left ? t("code_wrong", o.left) : t("code_gone")) : trouble(o));
		$("code").focus();
	});
	window.addEventListener("hashchange", () => { if (location.hash.length > 1) location.reload(); });
	window.addEventListener("pageshow", again); // a page that comes back means something else now
	await enter();
}

begin();
