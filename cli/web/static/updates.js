"use strict";
// Where something could not be loaded again, the page says so: since when it is stale, why, and what to do.
{
  const AGAIN_MILLISECONDS = 5000;
  const banner = document.getElementById("stale");
  const [since, why] = banner.querySelectorAll("p");
  const opened = new Date();
  const answered = new Map(); // when each path was answered last
  const failed = new Map(); // and why it is not answered now

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text; // the same again is not read out again
  };

  const show = () => {
    banner.hidden = failed.size === 0;
    if (banner.hidden) return;
    const oldest = Math.min(...[...failed.keys()].map((path) => answered.get(path) ?? opened));
    const time = new Date(oldest).toISOString().slice(0, 19).replace("T", " ");
    write(since, `Not up to date: what is below is as of ${time}Z. It is loaded again every few seconds.`);
    write(why, [...new Set(failed.values())].join("\n"));
  };

  const fails = ({ detail: { elt, pathInfo } }, sentence) => {
    failed.set(pathInfo.requestPath, sentence);
    show();
    setTimeout(() => window.htmx.trigger(elt, "again"), AGAIN_MILLISECONDS); // a part that polls anyway does not listen
  };

  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    detail.shouldSwap = detail.fragment.textContent.trim() !== detail.target.textContent.trim(); // as in write
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const told = (xhr.getResponseHeader("content-type") ?? "").startsWith("text/plain");
    fails(event, (told && xhr.responseText.trim()) || `The console answered ${xhr.status}.`);
  });
  document.addEventListener("htmx:sendError", (event) =>
    fails(event, "The console does not answer. If it was ended, run `suture console` again."),
  );
  document.addEventListener("htmx:timeout", (event) =>
    fails(event, "The console has not answered in time: AWS answers late, or not at all. Is there a network?"),
  );
  document.addEventListener("htmx:afterRequest", ({ detail: { successful, pathInfo } }) => {
    if (!successful) return;
    answered.set(pathInfo.requestPath, new Date());
    failed.delete(pathInfo.requestPath);
    show();
  });
}
