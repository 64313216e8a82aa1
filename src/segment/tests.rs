use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::document::{Article, Document, Field};
use crate::segment::segment;
use crate::span::Span;

/// Segments an article of the fields `headline`, unless it is empty, and `body`.
fn document(headline: &str, body: &str) -> Document {
    let mut text = String::new();
    let mut fields = Vec::new();
    for (name, value) in [("title", headline), ("text", body)] {
        if name == "title" && value.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(value);
        let span = Span::new(&text, start, text.len()).expect("the end of a string is a boundary");
        fields.push(Field { name: name.to_owned(), span, headline: name == "title" });
    }
    segment(Article { text, fields, ..Article::plain("1", "") })
}

/// Shows a line per sentence, with the first letters of its zone; a line break within is shown as
/// `/`.
fn show(document: &Document) -> String {
    let line = |&sentence: &Span| {
        let zone = document.zone(sentence).name();
        format!("{:4} {}\n", &zone[..4], sentence.of(document.text()).replace("\r\n", "/").replace('\n', "/"))
    };
    document.sentences.iter().map(line).collect()
}

/// What becomes of an article without a headline field.
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&show(&document("", text)));
}

/// How a paragraph is cut, the cuts shown as ` ‖ `.
fn check_sentences(paragraph: &str, expected: Expect) {
    let document = document("A headline", paragraph);
    let sentences: Vec<&str> = document.sentences[1..].iter().map(|sentence| sentence.of(document.text())).collect();
    expected.assert_eq(&sentences.join(" ‖ ").replace('\n', "/"));
}

#[test]
fn abbreviations_titles_and_initials_do_not_end_a_sentence() {
    check_sentences(
        "Gen. Ana Brandt met Sen. J. K. Moreno. U.S. Air Force Col. Paul Ryd spoke.",
        expect!["Gen. Ana Brandt met Sen. J. K. Moreno. ‖ U.S. Air Force Col. Paul Ryd spoke."],
    );
    check_sentences(
        "Acme Corp. bought St. Olaf Foods Inc. on Jan. 5, i.e. before No. 7 Brig. Stone vs. Hr. Lund began.",
        expect!["Acme Corp. bought St. Olaf Foods Inc. on Jan. 5, i.e. before No. 7 Brig. Stone vs. Hr. Lund began."],
    );
    check_sentences("The Japan-U.S. Status of Forces talks.", expect!["The Japan-U.S. Status of Forces talks."]);
    check_sentences("Martin L. King Jr. Drive is 3.5 km long.", expect!["Martin L. King Jr. Drive is 3.5 km long."]);
    // Mr. He is a Chinese minister, not the start of a sentence.
    check_sentences("He met Mr. He in Beijing.", expect!["He met Mr. He in Beijing."]);
}

#[test]
fn an_abbreviation_ends_a_sentence_before_a_word_that_opens_one() {
    check_sentences("They left the U.S. The president stayed.", expect!["They left the U.S. ‖ The president stayed."]);
    check_sentences(
        "It is owned by Acme Inc. But Acme Inc. All-Star denies it.",
        expect![["It is owned by Acme Inc. ‖ But Acme Inc. All-Star denies it."]],
    );
    check_sentences("He came at 9 a.m. It rained.", expect!["He came at 9 a.m. ‖ It rained."]);
    check_sentences("U.S. Under Secretary Ray spoke.", expect!["U.S. Under Secretary Ray spoke."]);
    // In a headline every word may have a capital.
    check(
        "U.S. To Leave Accord in D.C. On Monday\n\nIt will.",
        expect![[r#"
        head U.S. To Leave Accord in D.C. On Monday
        body It will.
    "#]],
    );
}

#[test]
fn quotes_and_brackets_go_with_the_sentence_they_close() {
    check_sentences(
        "\"We won.\" Ryder left. (It rained.) “Why?” Smith asked. \"Go!\" The crowd went.",
        expect![[r#""We won." ‖ Ryder left. ‖ (It rained.) ‖ “Why?” Smith asked. ‖ "Go!" ‖ The crowd went."#]],
    );
    check_sentences("Well... Smith said so… He smiled.", expect!["Well... Smith said so… ‖ He smiled."]);
    check_sentences(
        "Yahoo! Japan grew. What now?! Nobody knows.",
        expect!["Yahoo! Japan grew. ‖ What now?! ‖ Nobody knows."],
    );
}

#[test]
fn numbers_and_list_marks_are_not_sentences() {
    check_sentences("1. Liverpool\n2. Everton", expect!["1. Liverpool ‖ 2. Everton"]);
    check_sentences(
        "Sie kam am 3. Oktober nach Bonn. Er blieb.",
        expect!["Sie kam am 3. Oktober nach Bonn. ‖ Er blieb."],
    );
    check_sentences("It opened in 2019. Brandt spoke.", expect!["It opened in 2019. ‖ Brandt spoke."]);
}

#[test]
fn other_scripts_and_lost_spaces() {
    check_sentences("首相は東京で会談した。外相も出席した！", expect!["首相は東京で会談した。 ‖ 外相も出席した！"]);
    check_sentences("وصل الوزير. ثم غادر؟ نعم.", expect!["وصل الوزير. ‖ ثم غادر؟ ‖ نعم."]);
    check_sentences(
        "It leads the sector.For more see Example.Com or Node.Js.",
        expect!["It leads the sector. ‖ For more see Example.Com or Node.Js."],
    );
}

/// A name must not be broken in two by the width of somebody's terminal.
#[test]
fn lines_of_wrapped_prose_are_joined() {
    check_sentences(
        "The commission in Brussels said on Monday that Ursula von der\nLeyen would travel to Kyiv before the end of the month, and\nthat talks with the government would begin there. It gave no\ndate.\n\nShe was last there in May, when she met the president, Maria\nKovalenko.",
        expect![[
            "The commission in Brussels said on Monday that Ursula von der/Leyen would travel to Kyiv before the end of the month, and/that talks with the government would begin there. ‖ It gave no/date. ‖ She was last there in May, when she met the president, Maria/Kovalenko."
        ]],
    );
}

#[test]
fn a_long_line_among_wrapped_ones_stands_alone() {
    let long = "Acme makes anvils ".repeat(10);
    check_sentences(
        &format!(
            "{long}\nThe commission in Brussels said on Monday that it would not\ntravel to Kyiv before the end of the month, and that\ntalks would wait."
        ),
        expect![
            "Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils Acme makes anvils ‖ The commission in Brussels said on Monday that it would not/travel to Kyiv before the end of the month, and that/talks would wait."
        ],
    );
}

#[test]
fn lines_of_lists_are_not_joined() {
    check_sentences(
        "Arsenal 2 Chelsea 1\r\nLeeds 0 Everton 0\r\nAnfield",
        expect![["Arsenal 2 Chelsea 1 ‖ Leeds 0 Everton 0 ‖ Anfield"]],
    );
    check_sentences(
        "The winners of the regional prizes for journalism were:\n- Ana Brandt, of the Northern Evening Herald, for news\n- Paul Ryder, of the Southern Morning Courier, for sport",
        expect![[
            "The winners of the regional prizes for journalism were: ‖ - Ana Brandt, of the Northern Evening Herald, for news ‖ - Paul Ryder, of the Southern Morning Courier, for sport"
        ]],
    );
    check_sentences("Town Hall\n12 Main Street\nSpringfield", expect!["Town Hall ‖ 12 Main Street ‖ Springfield"]);
}

/// Seen on pages of prosecutors' offices, whose text was cut at every link and bold word.
#[test]
fn a_line_that_begins_inside_a_sentence_continues_it() {
    check_sentences(
        "District Attorney\nAna Brandt\nannounced it,” she said\n. “We are glad.”",
        expect!["District Attorney ‖ Ana Brandt/announced it,” she said/. ‖ “We are glad.”"],
    );
}

#[test]
fn a_scraped_page_has_its_furniture_marked() {
    check(
        "Envoy to Meet Ministers in Oslo\n\nEnvoy Ana Brandt\n\nEnvoy Ana Brandt / Getty Images\n\n\nThe envoy will meet ministers in Oslo on Friday to discuss fishing rights and other matters.\n\nPaul Reed\n\nPaul Reed   Email Paul | Full Bio | RSS\nPaul is a reporter for the Herald. He graduated from Oslo University.\n\nRegister today!\n  • Grow your list",
        expect![[r#"
            head Envoy to Meet Ministers in Oslo
            capt Envoy Ana Brandt
            capt Envoy Ana Brandt / Getty Images
            body The envoy will meet ministers in Oslo on Friday to discuss fishing rights and other matters.
            boil Paul Reed
            boil Paul Reed   Email Paul | Full Bio | RSS
            boil Paul is a reporter for the Herald.
            boil He graduated from Oslo University.
            boil Register today!
            boil • Grow your list
        "#]],
    );
}

#[test]
fn an_agency_story_has_headline_byline_and_dateline() {
    check(
        "Storm hits coast\nBy Jane Doe and Ludwig van Beek\nMay 3, 2024\nPARIS, May 3 (Reuters) - Paris was spared. Nice was not.\n(Reporting by Jane Doe; Editing by John Roe)",
        expect![[r#"
            head Storm hits coast
            byli By Jane Doe and Ludwig van Beek
            date May 3, 2024
            date PARIS, May 3 (Reuters) -
            body Paris was spared.
            body Nice was not.
            byli (Reporting by Jane Doe; Editing by John Roe)
        "#]],
    );
    check(
        "Storm hits coast\n\nJane Doe, Staff Writer\n\nIt was the worst storm that anyone on the coast remembers.",
        expect![[r#"
        head Storm hits coast
        byli Jane Doe, Staff Writer
        body It was the worst storm that anyone on the coast remembers.
    "#]],
    );
}

#[test]
fn datelines_come_in_many_forms() {
    for dateline in [
        "WASHINGTON —",
        "KYIV, Ukraine (AP) —",
        "SEATTLE, June 3, 2024 /PRNewswire/ --",
        "ST. LOUIS, MO, Sept. 3, 2024 (Acme Wire) --",
        "Boca Raton, Florida (Newswire.example) Monday Dec 8, 2025 @ 7:00 AM Pacific —",
        "Springfield, Australia - April 14, 2026 / Acme Pizza /",
        "(Reuters) -",
    ] {
        let document = document("Headline", &format!("{dateline} The mayor spoke."));
        let sentences: Vec<&str> = document.sentences.iter().map(|sentence| sentence.of(document.text())).collect();
        assert_eq!(sentences, ["Headline", dateline, "The mayor spoke."]);
    }
    // Neither an aside nor a name with a dash in it is a dateline, nor a company's ticker.
    check_sentences("NASA — the space agency — said no.", expect!["NASA — the space agency — said no."]);
    check_sentences("ZANU–PF won.", expect!["ZANU–PF won."]);
    check_sentences("Acme (Nasdaq: ACME) – Its shares rose.", expect!["Acme (Nasdaq: ACME) – Its shares rose."]);
    check(
        "LONDON 1996-08-30\n\nShares rose in early trading.",
        expect![[r#"
        date LONDON 1996-08-30
        body Shares rose in early trading.
    "#]],
    );
}

#[test]
fn a_press_release_ends_where_the_company_describes_itself() {
    let story = "Acme, a maker of anvils, said on Monday that it would open a factory in Springfield next year and hire three hundred people there.";
    let shown = show(&document(
        "Acme to Open Factory",
        &format!("{story}\n\nAbout Acme Corp.\n\nAcme is a maker of anvils.\n\nMedia contact:\nJane Doe"),
    ));
    expect![[r#"
        head Acme to Open Factory
        body Acme, a maker of anvils, said on Monday that it would open a factory in Springfield next year and hire three hundred people there.
        boil About Acme Corp.
        boil Acme is a maker of anvils.
        boil Media contact:
        boil Jane Doe
    "#]]
    .assert_eq(&shown);
    // With an end mark, after which a page lists other stories.
    let shown = show(&document("Acme to Open Factory", &format!("{story}\n# # #\nLatest News\nRival closes plant")));
    expect![[r#"
        head Acme to Open Factory
        body Acme, a maker of anvils, said on Monday that it would open a factory in Springfield next year and hire three hundred people there.
        boil # # #
        boil Latest News
        boil Rival closes plant
    "#]]
    .assert_eq(&shown);
}

/// Story text that is called boilerplate is lost, so a heading that would claim most of an article
/// claims nothing.
#[test]
fn a_story_is_not_boilerplate() {
    let story = "Thousands of people gathered in the square on Monday evening to hear the president speak about the war and its end.";
    for text in [
        format!("{story}\n\nAbout Face\n\n{story}\n\n{story}\n\n{story}"),
        format!("{story}\n\nAbout 300 people were arrested, police said.\n\nContact between the two had been lost."),
        format!("{story}\n\nRelated stories\nStorm hits coast\n\n{story}"),
    ] {
        let shown = show(&document("Headline", &text));
        let boilerplate: Vec<&str> = shown.lines().filter(|line| line.starts_with("boil")).collect();
        assert!(
            boilerplate.iter().all(|line| matches!(*line, "boil Related stories" | "boil Storm hits coast")),
            "{shown}"
        );
    }
}

#[test]
fn a_headline_that_the_page_repeats_is_a_headline() {
    let shown = show(&document(
        "Storm Hits the Coast",
        "Storm Hits the Coast | The Herald\nSkip to main content\nThe storm came on Monday.",
    ));
    expect![[r#"
        head Storm Hits the Coast
        head Storm Hits the Coast | The Herald
        boil Skip to main content
        body The storm came on Monday.
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_first_line_that_is_a_sentence_or_an_item_is_no_headline() {
    check(
        "It was hot. We planned a trip to the coast!\n\nIt rained.",
        expect![[r#"
        body It was hot.
        body We planned a trip to the coast!
        body It rained.
    "#]],
    );
    check(
        "* Profit up by a third\n\nIt rained.",
        expect![[r#"
        body * Profit up by a third
        body It rained.
    "#]],
    );
}

#[test]
fn nothing_is_a_document_too() {
    check("", expect![""]);
    check(" \r\n\u{2029}\u{a0}", expect![""]);
    check(
        ".",
        expect![[r#"
        body .
    "#]],
    );
}

/// A text that costs more than its length shows here as a test that does not end.
#[test]
fn long_texts_take_linear_time() {
    let million = 1_000_000;
    for text in [
        "x".repeat(million),
        ".".repeat(million),
        ". ".repeat(million / 2),
        "\"".repeat(million),
        format!("He left.{}Then", " ".repeat(million)),
        "A. ".repeat(million / 3),
        "U.S.".repeat(million / 4),
        "a\n".repeat(million / 10),
        "About Acme\n".repeat(million / 11),
        "By Jane Doe\n\n".repeat(million / 13),
        "。\u{301}".repeat(million / 5),
        "the wrapped lines of a very long text that goes on\n".repeat(million / 10),
        "x   y.   ".repeat(million / 9),
        "🇫🇮".repeat(million / 8),
    ] {
        invariants(&document("", &text));
    }
}

/// What holds for every document, whatever its text.
fn invariants(document: &Document) {
    let text = document.text();
    let spans = |spans: &mut dyn Iterator<Item = Span>| {
        let mut end = 0;
        for span in spans {
            assert!(span.start() >= end, "{span:?} begins before {end}");
            assert!(!span.is_empty() && span.trimmed(text) == span, "{span:?} is not trimmed");
            assert!(text[end..span.start()].trim().is_empty(), "{:?} is left out", &text[end..span.start()]);
            end = span.end();
        }
        assert!(text[end..].trim().is_empty(), "{:?} is left out", &text[end..]);
    };
    spans(&mut document.sentences.iter().copied());
    spans(&mut document.zones.iter().map(|&(_, span)| span));
    for &sentence in &document.sentences {
        let inside = |span: Span| span.contains(sentence) || !span.overlaps(sentence);
        assert!(document.field(sentence).span.contains(sentence));
        let zone = document.zones.partition_point(|(_, zone)| zone.start() <= sentence.start());
        assert!(document.zones[zone - 1].1.contains(sentence));
        assert!(document.article.fields.iter().all(|field| inside(field.span)));
        let lines = sentence.of(text).replace("\r\n", "\n");
        assert!(!lines.contains("\n\n"), "{lines:?} crosses a blank line");
    }
}

proptest! {
    #[test]
    fn sentences_and_zones_cover_any_text(headline in "\\PC{0,20}", text in "(\\PC|[ .!?\"\\n\\r\\t。\u{2029}\u{301}]|The |U.S. |\\n\\n|\\. |By |About |PARIS|\\(AP\\)| - |###\\n){0,60}") {
        invariants(&document(&headline, &text));
        invariants(&document("", &text));
    }

    #[test]
    fn an_article_cut_in_two_by_a_blank_line_is_cut_there(first in "[ -~é。]{0,60}", second in "[ -~é。]{0,60}") {
        let text = format!("{first}\n \n{second}");
        let document = document("A headline", &text);
        let cut = document.article.fields[1].span.start() + first.len() + 1;
        prop_assert!(document.sentences.iter().all(|sentence| sentence.end() <= cut || sentence.start() >= cut));
    }
}
