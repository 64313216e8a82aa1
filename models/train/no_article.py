"""Makes text that is no article: what crawlers bring home beside news. The topic head learns to give it no topic.

Every kind is a function of a random generator; words and sentences are ours. The hundred texts that test the class
(data/no_article.jsonl) were written apart from these and no part of them is here.
"""

import json
import random
import string

SITES = "Harbour Courier, The Valley Ledger, Northern Post, Capital Daily, Metro Wire, Coast Observer, Plains Tribune, City Echo".split(", ")
SECTIONS = """Home, World, Politics, Business, Sport, Opinion, Culture, Travel, Weather, Video, Podcasts, Newsletters, Obituaries, Puzzles, Jobs,
Property, Cars, Food, Health, Science, Tech, Climate, Local, Education, Markets, Photos, Events, Archive, Contact us, About us, Log in, Subscribe,
Help, E-paper, RSS, Advertise, Careers, Privacy, Terms of use, Cookie settings, Accessibility, Site map""".replace("\n", " ").split(", ")
CITIES = "Lisbon, Nairobi, Oslo, Lima, Osaka, Perth, Accra, Tunis, Riga, Quito, Dhaka, Leeds, Denver, Bergen, Porto, Cork, Graz, Cusco, Hobart".split(", ")
PEOPLE = "A. Okafor, J. Lindqvist, M. Haddad, P. Novak, S. Tanaka, R. Moreau, L. Castillo, T. Byrne, K. Osei, D. Petrov, E. Ferrari, N. Shah".split(", ")
PRODUCTS = "desk lamp, rain jacket, steel kettle, trail shoes, wool blanket, phone case, garden hose, coffee grinder, bike light, office chair".split(", ")
FOODS = "flour, butter, eggs, brown sugar, olive oil, garlic, salt, rice, chicken stock, lemon juice, basil, onions, cream, cinnamon".split(", ")
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
COLOURS = "black, navy, olive, grey, red, sand".split(", ")


def some(rng, items, least, most, join):
    return join.join(rng.sample(items, min(len(items), rng.randint(least, most))))


def lines(rng, least, most, one) -> str:
    return "\n".join(one() for _ in range(rng.randint(least, most)))


def clock(rng) -> str:
    return f"{rng.randrange(24):02}:{rng.randrange(0, 60, 5):02}"


def date(rng) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)} {rng.randint(2008, 2026)}"


def word(rng, n=None) -> str:
    return "".join(rng.choice(string.ascii_lowercase) for _ in range(n or rng.randint(3, 9)))


def email(rng) -> str:
    return f"{word(rng, 5)}@{word(rng, 7)}.example"


def cookies(rng):
    return some(rng, [
        "We use cookies and similar technologies to make this site work.", "You can accept all cookies or choose which ones you allow.",
        "Our partners store and read information on your device.", "Strictly necessary cookies are always active.",
        "Measurement cookies tell us how many people visit a page.", "You may change your mind at any time under Cookie settings.",
        "Accept all", "Reject all", "Manage preferences", "Save and close", "Vendors: " + str(rng.randint(40, 900)),
        "Personalised advertising and content, audience research and services development.",
    ], 3, 9, " ")


def login(rng):
    return some(rng, [
        f"Welcome back to {rng.choice(SITES)}", "Log in to go on reading", "E-mail address", "Password", "Keep me signed in", "Forgot your password?",
        "New here? Create a free account", "Continue with your phone number", "By signing in you accept our terms.", "Show password",
        "Your session has ended. Please sign in again.",
    ], 4, 9, "\n")


def missing_page(rng):
    return some(rng, [
        f"Error {rng.choice((404, 410, 500, 503))}", "Sorry, we cannot find the page you are looking for.", "It may have been moved or deleted.",
        "Check the address, or go to our home page.", "Search this site", "Report a broken link", "Something went wrong at our end.",
        "Please try again in a few minutes.", f"Reference: {word(rng, 12)}",
    ], 3, 7, "\n")


def paywall(rng):
    return some(rng, [
        "You have read your last free article this month.", f"Subscribe to {rng.choice(SITES)} from {rng.randint(1, 9)}.{rng.randint(10, 99)} a week.",
        "Already a subscriber? Sign in.", "Cancel at any time.", "Unlimited access on all your devices", "Support independent journalism",
        "Your first month is free, then billed monthly.", "Gift this subscription", "Digital + Print", "Choose your plan",
    ], 3, 8, "\n")


def newsletter(rng):
    return some(rng, [
        "Get the day's top stories in your inbox.", "Sign up for our morning briefing", "Enter your e-mail", "Subscribe now", "No spam, ever.",
        "You can unsubscribe with one click.", "Thank you for signing up! Please confirm your address.", "Weekdays at 7 a.m.",
        f"{rng.randint(10, 900)},000 readers already get it.",
    ], 3, 7, "\n")


def menu(rng):
    return some(rng, SECTIONS, 8, 30, rng.choice(("\n", " | ", " · ", "  ")))


def footer(rng):
    return f"© {rng.randint(2001, 2026)} {rng.choice(SITES)}. All rights reserved.\n" + some(rng, SECTIONS, 5, 15, " | ")


def legal(rng):
    return some(rng, [
        "These terms govern your use of the service.", "We may change them from time to time and will tell you when we do.",
        "You agree not to copy, modify or distribute the content without permission.", "The service is provided as is, without warranty of any kind.",
        "To the extent that the law permits, we are not liable for indirect loss.", "We keep your data for as long as your account exists.",
        "You have the right to access, correct and erase your data.", "Requests can be sent to our data protection officer.",
        "Disputes are subject to the courts of the place where the company is registered.", "If any clause is void the others remain in force.",
        "Your information is not sold to third parties.", "Last updated: " + date(rng),
    ], 4, 10, " ")


def weather(rng):
    return "City  Now  High  Low  Rain\n" + lines(rng, 5, 15, lambda: f"{rng.choice(CITIES)}  {rng.randint(-5, 35)}°  {rng.randint(0, 38)}°  {rng.randint(-9, 20)}°  {rng.randint(0, 100)}%")


def stocks(rng):
    return lines(rng, 6, 20, lambda: f"{word(rng, rng.randint(2, 4)).upper()}  {rng.uniform(1, 900):.2f}  {rng.uniform(-5, 5):+.2f}  {rng.uniform(-4, 4):+.2f}%  {rng.randint(1, 99)}.{rng.randint(0, 9)}M")


def results(rng):
    return lines(rng, 5, 16, lambda: f"{rng.choice(CITIES)} {rng.choice(('United', 'City', 'FC', 'Rovers'))} {rng.randint(0, 5)}–{rng.randint(0, 4)} {rng.choice(CITIES)} {rng.choice(('Athletic', 'SC', 'Town'))} FT")


def table(rng):
    return "Pos Team P W D L Pts\n" + lines(rng, 6, 18, lambda: f"{rng.randint(1, 20)} {rng.choice(CITIES)} {rng.randint(5, 38)} {rng.randint(0, 20)} {rng.randint(0, 12)} {rng.randint(0, 20)} {rng.randint(0, 80)}")


def listings(rng):
    shows = "Morning Show, Local News, Quiz Hour, Cooking with Friends, Film, Weather, Night Talk, Cartoons, Documentary, Late Movie".split(", ")
    return lines(rng, 6, 15, lambda: f"{clock(rng)} {rng.choice(shows)}")


def timetable(rng):
    return f"Departures {rng.choice(CITIES)}\n" + lines(rng, 5, 15, lambda: f"{clock(rng)} {rng.choice(CITIES)} platform {rng.randint(1, 14)} {rng.choice(('on time', 'delayed', 'cancelled', ''))}")


def numbers(rng):
    return lines(rng, 3, 12, lambda: "Draw " + date(rng) + ": " + " ".join(str(rng.randint(1, 49)) for _ in range(6)) + f" bonus {rng.randint(1, 9)}")


def clues(rng):
    return "Across\n" + lines(rng, 5, 12, lambda: f"{rng.randint(1, 30)} {rng.choice(('Small river', 'Not so bright', 'It may be poached', 'Old measure', 'Flower of the north', 'Turns back, oddly', 'Kind of knot'))} ({rng.randint(3, 9)})")


def classified(rng):
    return lines(rng, 3, 9, lambda: f"{rng.choice(PRODUCTS).capitalize()}, {rng.choice(('as new', 'used', 'good condition', 'for parts'))}, {rng.randint(5, 400)} o.n.o. Call {rng.randint(200, 999)}-{rng.randint(1000, 9999)} {rng.choice(('evenings', 'weekends', 'any time'))}.")


def jobs(rng):
    roles = "Warehouse assistant, Staff nurse, Data analyst, Delivery driver, Head chef, Primary teacher, Site engineer, Receptionist".split(", ")
    return lines(rng, 3, 9, lambda: f"{rng.choice(roles)} – {rng.choice(CITIES)} – {rng.choice(('full-time', 'part-time', 'contract'))} – posted {rng.randint(1, 29)} days ago – Apply now")


def shop(rng):
    return lines(rng, 3, 10, lambda: f"{rng.choice(PRODUCTS).capitalize()}, {rng.choice(COLOURS)}\n{rng.randint(5, 200)}.{rng.choice(('00', '95', '99'))} Add to basket {rng.choice(('In stock', 'Only 2 left', 'Free delivery', ''))}")


def receipt(rng):
    return f"Order {rng.randint(10000, 999999)}\n" + lines(rng, 2, 7, lambda: f"{rng.randint(1, 4)} × {rng.choice(PRODUCTS)} {rng.randint(3, 90)}.{rng.randint(10, 99)}") + f"\nSubtotal\nVAT {rng.randint(5, 25)}%\nTotal due {rng.randint(20, 400)}.00\nThank you for your purchase"


def calendar(rng):
    return f"{rng.choice(MONTHS)} {rng.randint(2010, 2026)}\n{' '.join(DAYS)}\n" + " ".join(str(i) for i in range(1, 31))


def archive(rng):
    return lines(rng, 8, 24, lambda: f"{rng.choice(MONTHS)} {rng.randint(2005, 2026)} ({rng.randint(1, 240)})")


def code(rng):
    name = word(rng)
    return rng.choice((
        f"function {name}(x) {{\n  if (!x) return null;\n  return x.map(y => y.{word(rng)} + {rng.randint(1, 9)});\n}}\nmodule.exports = {{ {name} }};",
        f"import os\n\ndef {name}(path):\n    with open(path) as f:\n        return [l.strip() for l in f if l]\n\nif __name__ == '__main__':\n    print({name}('x'))",
        f"SELECT {word(rng)}, COUNT(*) FROM {name} WHERE {word(rng)} > {rng.randint(1, 99)} GROUP BY 1 ORDER BY 2 DESC LIMIT {rng.randint(5, 50)};",
        f".{name} {{ margin: 0 auto; padding: {rng.randint(1, 30)}px; color: #{rng.randrange(4096):03x}; }}\n@media (max-width: 600px) {{ .{name} {{ display: none }} }}",
        f"<div class=\"{name}\"><a href=\"/{word(rng)}\">{word(rng)}</a><img src=\"{word(rng)}.png\" alt=\"\"></div>",
    ))


def log(rng):
    return lines(rng, 4, 14, lambda: f"{rng.randint(2015, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{clock(rng)}:{rng.randrange(60):02}Z {rng.choice(('INFO', 'WARN', 'ERROR', 'DEBUG'))} {word(rng)}.{word(rng)}: {rng.choice(('request done', 'timeout after 30s', 'retrying', 'connection reset', 'cache miss'))} id={word(rng, 8)} ms={rng.randint(1, 900)}")


def trace(rng):
    return f"Traceback: {word(rng).capitalize()}Error: {word(rng)}\n" + lines(rng, 3, 10, lambda: f"  at {word(rng)}.{word(rng)} ({word(rng)}.js:{rng.randint(1, 900)}:{rng.randint(1, 80)})")


def data(rng):
    if rng.random() < 0.5:
        return "id,name,value,unit\n" + lines(rng, 5, 20, lambda: f"{rng.randint(1, 9999)},{word(rng)},{rng.uniform(0, 100):.3f},{rng.choice(('kg', 'm', 's', '%'))}")
    return json.dumps({word(rng): rng.choice((rng.randint(0, 999), True, None, word(rng))) for _ in range(rng.randint(4, 15))})


def noise(rng):
    return rng.choice((
        " ".join(word(rng) for _ in range(rng.randint(8, 60))),
        "".join(rng.choice(string.ascii_letters + string.digits + "+/") for _ in range(rng.randint(80, 500))) + "==",
        " ".join(f"{rng.randrange(256):02x}" for _ in range(rng.randint(30, 150))),
        " ".join(rng.choice(("asdf", "qwer", "jkl;", "test", "xxx", "foo", "bar", "aaa")) for _ in range(rng.randint(6, 40))),
        "".join(rng.choice("!@#$%^&*()_+-=[]{};':,./<>?|~ ") for _ in range(rng.randint(40, 200))),
    ))


def latin(rng):
    stock = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".split()
    return " ".join(rng.choice(stock) for _ in range(rng.randint(20, 120))).capitalize() + "."


def placeholder(rng):
    return some(rng, [
        "This is a test post. Please ignore.", "TK TK TK", "Headline goes here", "Insert body text", "Draft – do not publish", "Caption to come",
        "Testing, testing, one two three.", "Page intentionally left blank.", "Content will be added soon.", "Sample text for layout",
    ], 2, 6, "\n")


def contact(rng):
    return lines(rng, 2, 7, lambda: f"{rng.choice(('Newsroom', 'Advertising', 'Subscriptions', 'Switchboard', 'Press office', 'Customer service'))}: +{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}, {email(rng)}") + f"\n{rng.randint(1, 300)} High Street, {rng.choice(CITIES)}\nOpen {rng.choice(DAYS)}–{rng.choice(DAYS)} {clock(rng)}–{clock(rng)}"


def signature(rng):
    return f"Kind regards,\n{rng.choice(PEOPLE)}\nSales {rng.choice(('manager', 'assistant', 'director'))}\n{email(rng)} | +{rng.randint(1, 99)} {rng.randint(10000, 99999)}\nThis e-mail is confidential. If you are not the intended recipient, delete it. Please consider the environment before printing."


def absent(rng):
    return f"Thank you for your message. I am out of the office until {date(rng)} with limited access to e-mail. In urgent cases please write to {email(rng)}. {rng.choice(('Your message will not be forwarded.', 'Best wishes', ''))}"


def share(rng):
    return some(rng, ["Share on Facebook", "Tweet", "WhatsApp", "Copy link", "Print", "E-mail", "Save for later", "Comments (" + str(rng.randint(0, 300)) + ")", "Follow us", "Listen", "Text size A A A", "Report this", "Like", "Reply"], 4, 11, rng.choice((" ", "\n")))


def player(rng):
    return some(rng, [f"{rng.randint(0, 59)}:{rng.randint(10, 59)}", "Play", "Mute", "Settings", "Captions", "Full screen", "Up next", "Autoplay", "This video cannot be played", "Skip ad in 5", "Live", "1x 1.25x 1.5x 2x", "Playlist", "Watch later", "Media playback is not supported on this device"], 4, 11, rng.choice((" ", "\n")))


def gallery(rng):
    return lines(rng, 4, 12, lambda: f"Photo {rng.randint(1, 40)} of {rng.randint(41, 60)}. Picture: {rng.choice(PEOPLE)}/{rng.choice(SITES)}")


def credits(rng):
    return lines(rng, 3, 9, lambda: f"{rng.choice(('Photography', 'Editing', 'Design', 'Production', 'Illustration', 'Additional reporting'))}: {rng.choice(PEOPLE)}")


def biography(rng):
    return f"{rng.choice(PEOPLE)} {rng.choice(('is a staff writer at', 'covers the region for', 'joined in 2016', 'edits the weekend pages of'))} {rng.choice(SITES)}. {rng.choice(('Follow on social media.', 'Send tips to ' + email(rng) + '.', 'More articles by this author', 'Previously worked in radio.'))}"


def comments(rng):
    return lines(rng, 4, 10, lambda: f"{word(rng)}{rng.randint(1, 99)} {rng.randint(1, 23)} hours ago\n{rng.choice(('lol', 'This!', 'so true', 'first', 'Who writes this stuff?', 'Well said.', 'Nope.', 'Can someone explain?', '+1', 'deleted by moderator'))} Reply Report")


def tags(rng):
    return "Tags: " + some(rng, SECTIONS + CITIES, 6, 20, ", ")


def survey(rng):
    return lines(rng, 2, 6, lambda: rng.choice(("How satisfied are you with this website?", "How often do you visit us?", "What is your age group?", "Would you recommend us to a friend?")) + "\n" + rng.choice(("Very  Somewhat  Not at all", "Daily  Weekly  Monthly  Never", "18–24  25–44  45–64  65+", "Yes  No  Don't know"))) + "\nSubmit  Back"


def form(rng):
    return some(rng, ["First name", "Last name", "Date of birth", "Postcode", "Country", "Telephone", "Upload a file", "I have read the conditions", "Required field", "Message", "Send", "Reset", "Choose an option", "Captcha: type the letters you see", "Company (optional)"], 5, 13, "\n")


def ingredients(rng):
    return lines(rng, 5, 12, lambda: f"{rng.randint(1, 500)} {rng.choice(('g', 'ml', 'tbsp', 'tsp', 'cups'))} {rng.choice(FOODS)}")


def nutrition(rng):
    return "Per 100 g\n" + "\n".join(f"{part} {rng.uniform(0, 60):.1f} g" for part in rng.sample(["Fat", "of which saturates", "Carbohydrate", "of which sugars", "Fibre", "Protein", "Salt"], 5)) + f"\nEnergy {rng.randint(200, 2500)} kJ"


def contents(rng):
    return "Contents\n" + lines(rng, 6, 16, lambda: f"{rng.randint(1, 12)}.{rng.randint(1, 9)} {rng.choice(('Introduction', 'Method', 'Results', 'Appendix', 'Glossary', 'Background', 'Index', 'Notes'))} ........ {rng.randint(1, 300)}")


def references(rng):
    return lines(rng, 3, 9, lambda: f"[{rng.randint(1, 90)}] {rng.choice(PEOPLE)} and {rng.choice(PEOPLE)} ({rng.randint(1970, 2025)}). {word(rng).capitalize()} {word(rng)} {word(rng)}. J. {word(rng).capitalize()}. {rng.randint(1, 60)}({rng.randint(1, 6)}), pp. {rng.randint(1, 200)}–{rng.randint(201, 400)}.")


def exercises(rng):
    return lines(rng, 5, 15, lambda: f"{rng.randint(1, 30)}) {rng.randint(2, 99)} {rng.choice('+-×÷')} {rng.randint(2, 99)} = ____")


def moves(rng):
    return " ".join(f"{i}. {rng.choice(('e4', 'd4', 'Nf3', 'c4', 'Bb5', 'O-O', 'Re1', 'Qd2'))} {rng.choice(('e5', 'd5', 'Nc6', 'c5', 'a6', 'Nf6', 'Be7', 'O-O'))}" for i in range(1, rng.randint(8, 30)))


def subtitles(rng):
    return lines(rng, 4, 10, lambda: f"00:{rng.randrange(60):02}:{rng.randrange(60):02},{rng.randrange(1000):03} --> 00:{rng.randrange(60):02}:{rng.randrange(60):02},000\n{rng.choice(('Okay.', 'Wait, what?', '[music]', 'I know.', 'Come on.', '[applause]', 'Yeah, right.'))}")


def playlist(rng):
    return lines(rng, 5, 14, lambda: f"{rng.randint(1, 20)}. {word(rng).capitalize()} {word(rng)} {rng.randint(2, 6)}:{rng.randint(10, 59)}")


def notice(rng):
    return some(rng, [
        "Your browser is out of date.", "Please enable JavaScript to view this page.", "This content is not available in your region.",
        "Please disable your ad blocker.", "Are you over 18?", "We are carrying out maintenance.", "You are being redirected.",
        "Checking that you are human. This takes a few seconds.", "Download our app for a better experience.", "Your link has expired.",
        "Confirm your e-mail address.", "Enter the six-digit code we sent you.", "You have been unsubscribed.", "Turn on notifications?", "Not now", "OK",
    ], 2, 6, "\n")


KINDS = [
    cookies, login, missing_page, paywall, newsletter, menu, footer, legal, weather, stocks, results, table, listings, timetable, numbers, clues,
    classified, jobs, shop, receipt, calendar, archive, code, log, trace, data, noise, latin, placeholder, contact, signature, absent, share, player,
    gallery, credits, biography, comments, tags, survey, form, ingredients, nutrition, contents, references, exercises, moves, subtitles, playlist,
    notice,
]


def texts(n: int, seed: int) -> list[str]:
    """`n` texts that are no articles, of all kinds in turn; every fourth joins two kinds, as pages do."""
    rng = random.Random(f"{seed} no article")
    found = []
    for i in range(n):
        text = KINDS[i % len(KINDS)](rng)
        if i % 4 == 3:
            text += "\n" + rng.choice(KINDS)(rng)
        found.append(text)
    return found
