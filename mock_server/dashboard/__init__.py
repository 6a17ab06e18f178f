"""The page under `/_mock/`: rendered on the server, readable without JavaScript, live with it.

    desk       `Desk`: the collaborators that app.py hands in; the dashboard imports no sibling
    call       `PageCall`: what a view is given; `Page`, `Done`, `Refused`: what it returns or raises
    asking     `Control`: the control API, asked in process; whatever a page does goes through it
    routes     `TABLE` and `SECTIONS`: which view answers which path, and what the navigation shows
    rendering  templates (Jinja2, loaded with the first page that is opened) and the headers of every answer
    files      what lies in `static/`
    showing    filters of the templates: times, values, text that steers nothing
    places     the place of a violation, cut into plain and marked pieces
    copies     an exchange as curl, as pytest, as case
    records    contacts, segments, surveys, responses as plain values; `lists` parts of 50; `figures` charts
    questions  a survey as a form: which field suits which type of question
    tried      forms that were refused: what is said beside them, what was typed; `notices` what is said when it is done
    finding    filters of the timeline; `threads` its rows: each cause with what followed from it
    pages/     one small module per page, with its views

To add a page `surveys`:

1. `pages/surveys.py` with views `async def surveys(call: PageCall) -> Page | Done`. A view reads `call.environment` (of
   `?env=`, else the first), `call.query` and, of a POST, `call.form`, asks `await call.control(method, path, body,
   **query)` for what contracts/control.yaml lists, and returns `Page("surveys.html", {...})`. What the control API
   refuses becomes an error page by itself; a view that shows it beside its form catches `Refused`.
2. `templates/surveys.html`, which extends `base.html`, fills the blocks `title` and `main`, and imports `macros.html`
   (badges, events with their attempts, code to copy, empty states). Autoescape is on; nothing is ever marked `safe`.
   No inline script or style: the Content-Security-Policy of every answer forbids both.
3. A line in `routes.TABLE`, and one in `routes.SECTIONS` for the navigation.
4. Actions are plain forms, `<form method="post" action="{{ url('/surveys/new') }}">`: `url()` carries the environment
   along. Their views do the verb of the control API and return `Done("/surveys", "survey-created")`: the browser is
   sent there (303), and the page says what `routes.NOTICES` has under that word. Other sites cannot post here, as the
   Guard of the control API refuses a foreign `Origin`; off loopback it asks for the admin token (HTTP Basic).
5. `static/*.js` are ES modules; `page.js`, on every page, finds its work by attributes (`data-copy`, `data-submit`).
   A page's own module is named in its block `scripts`, and no page needs one to be read.

Contacts, segments, surveys, responses and events are read from the environment itself (`call.environment`, the very
records), for Refiner's answers leave out what people want to see (tags, rules, tallies) or write it as a dialect says.
They are changed by the control API alone: `POST .../simulate` for trigger events, `.../operations/{operationId}` for
Refiner's own verbs, `.../forms` and `.../segments`. Neither way is traffic: nothing is journaled or judged. A page with
several forms takes them all by POST at its own path, the field `do` saying which (`tried.act`): a refused one is shown
beside its form with what was typed, a done one answers `Done(..., {"cause": ...})`, and the notice leads to its thread.

Webhooks, deliveries and environments go through the control API, too. Their forms are made of `fields.html`; what was
typed is `call.typed(name)`, `call.api` the environment's path there, `call.files` what was uploaded (at the paths in
`routes.UPLOADS` as much as a snapshot may hold), and `Done(..., env=name)` goes on in another environment. A webhook's
token is never put into a page, not even into the form that was refused.
"""
