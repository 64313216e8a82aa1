use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::document::{Article, Document, Entity, Field, Mention};
use crate::label::LabelSet;
use crate::merge::{merge, steps};
use crate::segment::segment;
use crate::span::Span;

pub(super) fn labels() -> LabelSet {
    labels_called(["PER", "ORG", "LOC", "GPE", "MISC"])
}

fn labels_called(names: [&str; 5]) -> LabelSet {
    let of_name = |name: &str| [format!("B-{name}"), format!("I-{name}")];
    let tags: Vec<String> = std::iter::once("O".to_owned()).chain(names.into_iter().flat_map(of_name)).collect();
    LabelSet::new(&tags, None).expect("a legal set")
}

/// A document and its mentions, which `marked` has in brackets after their label: `[PER Joseph
/// Dunford] left.`
pub(super) fn read(marked: &str) -> (Document, Vec<Mention>) {
    let labels = labels();
    let mut text = String::new();
    let mut marks = Vec::new();
    for (idx, part) in marked.split('[').enumerate() {
        let Some((mark, after)) = part.split_once(']').filter(|_| idx > 0) else {
            text.push_str(part);
            continue;
        };
        let (label, surface) = mark.split_once(' ').expect("a label and a surface");
        marks.push((text.len(), surface.len(), labels.find(label).expect("a known label")));
        text.push_str(surface);
        text.push_str(after);
    }
    let fields = vec![Field { name: "text".to_owned(), span: Span::whole(&text), headline: false }];
    let document = segment(Article { text, fields, ..Article::plain("1", "") });
    let mention = |(start, len, label)| {
        let span = Span::new(document.text(), start, start + len).expect("a mark in the text");
        Mention {
            span,
            label,
            score: 1.0,
            raw_score: 1.0,
            sentence: document.sentence(span).unwrap_or_default(),
            rule: None,
        }
    };
    let mentions = marks.into_iter().map(mention).collect();
    (document, mentions)
}

fn show(document: &Document, entities: &[Entity]) -> String {
    let labels = labels();
    let one = |entity: &Entity| {
        let name = entity.name.of(document.text()).replace('\n', "/");
        format!("{} {name} ×{}", labels.name(entity.label), entity.mentions.len())
    };
    entities.iter().map(one).collect::<Vec<_>>().join(" | ")
}

/// Which entities come of a text with its mentions marked.
fn check(marked: &str, expected: Expect) {
    let (document, mentions) = read(marked);
    expected.assert_eq(&show(&document, &merge(&document, &mentions, &labels())));
}

#[test]
fn titles_possessives_and_accents_do_not_make_another_name() {
    check(
        "[PER Gen. Joseph Dunford] came. [PER Dunford]'s aide and [PER Dunford’s] staff did not.",
        expect!["PER Gen. Joseph Dunford ×3"],
    );
    check(
        "[PER José Muñoz] and [PER Jose\nMunoz] are one, as are [LOC the Hague] and [LOC The Hague].",
        expect!["PER José Muñoz ×2 | LOC the Hague ×2"],
    );
    check(
        "[PER Bashar al-Assad] fled, and [PER Assad] and [PER Al-Assad] with him.",
        expect!["PER Bashar al-Assad ×3"],
    );
    check(
        "[PER Prince] sang. [PER Prince Charles] and [PER Charles] listened.",
        expect!["PER Prince ×1 | PER Prince Charles ×2"],
    );
    check(
        "[PER Al Gore] met [PER Ursula von der Leyen]; [PER Gore] thanked [PER von der Leyen].",
        expect!["PER Al Gore ×2 | PER Ursula von der Leyen ×2"],
    );
}

#[test]
fn middle_names_and_initials_join_what_they_fit() {
    check("[PER Joseph Dunford], [PER Joseph F. Dunford] and [PER J. Dunford]", expect!["PER Joseph F. Dunford ×3"]);
    check("[PER J.K. Rowling] and [PER J. K. Rowling] and [PER Rowling]", expect!["PER J.K. Rowling ×3"]);
    check(
        "[PER Gabriel García Márquez], later [PER García Márquez] and [PER Márquez]",
        expect!["PER Gabriel García Márquez ×3"],
    );
    check(
        "[PER George W. Bush] is a son of [PER George H. W. Bush]. [PER George Bush] is the latter.",
        expect!["PER George W. Bush ×1 | PER George H. W. Bush ×2"],
    );
    check(
        "[PER Martin Stone Jr.] is not [PER Martin Stone].",
        expect!["PER Martin Stone Jr. ×1 | PER Martin Stone ×1"],
    );
    check(
        "[PER Sarah Lloyd-Jones] beat [PER Anna Jones]. [PER Lloyd-Jones] left, and [PER Jones] stayed.",
        expect!["PER Sarah Lloyd-Jones ×2 | PER Anna Jones ×2"],
    );
    check("[PER Bill] is [PER Bill Brandt].", expect!["PER Bill Brandt ×2"]);
}

#[test]
fn a_shared_surname_means_whom_the_text_is_about_or_spoke_of_last() {
    // It has been Bill's before, and he is named more often.
    check(
        "[PER Bill Clinton] spoke. [PER Clinton] left. [PER Hillary Clinton] stayed, and [PER Clinton] sat down.",
        expect!["PER Bill Clinton ×3 | PER Hillary Clinton ×1"],
    );
    check(
        "[PER Bill Clinton] spoke. [PER Hillary Clinton] stayed, and [PER Clinton] sat down.",
        expect!["PER Bill Clinton ×1 | PER Hillary Clinton ×2"],
    );
    // Who is there for another's sake is not meant, unless a title says so.
    check(
        "[PER Ann Orwin], daughter of the steel tycoon [PER Carl Orwin], was heard. [PER Orwin] spoke.",
        expect!["PER Ann Orwin ×2 | PER Carl Orwin ×1"],
    );
    check(
        "Widow [PER Ann Orwin] thanked the friends of [PER Carl Orwin]. [PER Orwin] died on Monday.",
        expect!["PER Ann Orwin ×1 | PER Carl Orwin ×2"],
    );
    // A president is not the first lady.
    check("First Lady [PER Ann Orwin] spoke. President [PER Orwin] left.", expect!["PER Ann Orwin ×1 | PER Orwin ×1"]);
    // In a headline the name comes before its introduction.
    check(
        "[PER Clinton] to visit\n\n[PER Bill Clinton] and [PER Hillary Clinton] are expected.",
        expect!["PER Bill Clinton ×2 | PER Hillary Clinton ×1"],
    );
    check(
        "[PER Chen Shui-bian] met [PER Chen Chih-chung]. [PER Chen] left.",
        expect!["PER Chen Shui-bian ×1 | PER Chen Chih-chung ×2"],
    );
    // A given name that two people have is neither.
    check(
        "[PER Ana Brandt] met [PER Ana Moreno]. [PER Ana] laughed.",
        expect!["PER Ana Brandt ×1 | PER Ana Moreno ×1 | PER Ana ×1"],
    );
}

#[test]
fn legal_forms_and_articles_do_not_make_another_organization() {
    check("[ORG Apple Inc.] said [ORG Apple] would pay.", expect!["ORG Apple Inc. ×2"]);
    check(
        "[ORG The Ford Motor Company], [ORG Ford Motor Co.] and [ORG Ford Motor]",
        expect!["ORG The Ford Motor Company ×3"],
    );
    check("[ORG Islamic State] and the [ORG Islamic State group]", expect!["ORG Islamic State ×2"]);
}

#[test]
fn initials_are_their_organization() {
    check("The [ORG Department of Defense] ([ORG DoD]), or [ORG DOD]", expect!["ORG Department of Defense ×3"]);
    check("[ORG ECB] is the [ORG European Central Bank].", expect!["ORG European Central Bank ×2"]);
    // What a writer explains need not be initials.
    check(
        "The [ORG Free Aceh Movement] ([ORG GAM]) and [ORG ASEAN] met. [ORG GAM] left.",
        expect!["ORG Free Aceh Movement ×3 | ORG ASEAN ×1"],
    );
    // A legal form may be one of the initials.
    check(
        "The [ORG British Broadcasting Corporation] said so; the [ORG BBC] did.",
        expect!["ORG British Broadcasting Corporation ×2"],
    );
    check(
        "The [ORG U.S. Department of Justice] said the [ORG DOJ] and the [ORG Department of Justice] agree.",
        expect!["ORG U.S. Department of Justice ×3"],
    );
    // Two names with the same initials claim neither.
    check(
        "[ORG Bank of Asia], [ORG Board of Audit] and [ORG BOA]",
        expect!["ORG Bank of Asia ×1 | ORG Board of Audit ×1 | ORG BOA ×1"],
    );
}

#[test]
fn a_short_form_joins_one_longer_name() {
    check("[ORG Goldman Sachs] rose. [ORG Goldman] is up.", expect!["ORG Goldman Sachs ×2"]);
    check("[ORG Goldman] rises\n\nShares of [ORG Goldman Sachs] rose.", expect!["ORG Goldman Sachs ×2"]);
    check(
        "[ORG Bank of England] and [ORG Bank of America] and a [ORG Bank]",
        expect!["ORG Bank of England ×1 | ORG Bank of America ×1 | ORG Bank ×1"],
    );
    check(
        "[ORG Manchester United] beat [ORG Manchester City], so [ORG Manchester] cheers.",
        expect!["ORG Manchester United ×1 | ORG Manchester City ×1 | ORG Manchester ×1"],
    );
    check(
        "[ORG Alibaba Cloud] is a unit of [ORG Alibaba Group], and [ORG Alibaba] of nobody.",
        expect!["ORG Alibaba Cloud ×1 | ORG Alibaba Group ×2"],
    );
    check(
        "[ORG Agricultural Bank of China] fell, as did the [ORG Bank of China].",
        expect!["ORG Agricultural Bank of China ×1 | ORG Bank of China ×1"],
    );
    // A company that is known first is not a part of it that is named later, nor a team the police
    // of its town.
    check("[ORG Sony] sold its [ORG Sony Pictures] unit.", expect!["ORG Sony ×1 | ORG Sony Pictures ×1"]);
    check(
        "The [ORG Chicago Police Department] guarded [ORG Chicago].",
        expect!["ORG Chicago Police Department ×1 | ORG Chicago ×1"],
    );
    check("The [ORG U.S. State Department] and the [ORG State Department]", expect!["ORG U.S. State Department ×2"]);
}

#[test]
fn several_people_of_one_surname_are_an_entity_of_their_own() {
    check(
        "The [PER Gupta] brothers fled. [PER Atul Gupta] spoke; the [PER Guptas] are rich, says the [PER Gupta] family.",
        expect!["PER Gupta ×3 | PER Atul Gupta ×1"],
    );
    check("[PER Ana Brandt] left the [PER Brandts].", expect!["PER Ana Brandt ×1 | PER Brandts ×1"]);
    // Somebody's name may end in an s, and a family's name need not be known.
    check("[PER Ana Jones] spoke, and the [PER Jones] of old laughed.", expect!["PER Ana Jones ×2"]);
    check("[PER Carl Hill] met the [PER Hill] twins.", expect!["PER Carl Hill ×1 | PER Hill ×1"]);
}

#[test]
fn a_label_that_the_model_is_unsure_of_makes_no_second_entity() {
    let check = |marked: &str, scores: &[f32], expected: Expect| {
        let (document, mut mentions) = read(marked);
        mentions.iter_mut().zip(scores).for_each(|(mention, score)| mention.score = *score);
        let entities = merge(&document, &mentions, &labels());
        partition(&entities, &mentions);
        expected.assert_eq(&show(&document, &entities));
    };
    let wavering = "[ORG GAM] spoke, and [PER GAM] left. [ORG GAM] is back.";
    check(wavering, &[0.9, 0.6, 0.9], expect!["ORG GAM ×3"]);
    check(wavering, &[0.9, 0.95, 0.9], expect!["ORG GAM ×2 | PER GAM ×1"]);
    // Of two unsure ones the one with more evidence counts.
    check("[PER Orwin] and [LOC Orwin]", &[0.5, 0.7], expect!["LOC Orwin ×2"]);
    // A club is not its town, and a namesake no town, where both are plain.
    check("[LOC Washington] met [PER Washington].", &[0.97, 0.96], expect!["LOC Washington ×1 | PER Washington ×1"]);
    // What also has a name of its own that is plain stays what it is.
    check(
        "[PER John Ford] and [PER Ford]; [ORG Ford] of [ORG Ford]",
        &[0.99, 0.6, 0.9, 0.9],
        expect!["PER John Ford ×2 | ORG Ford ×2"],
    );
    // A company and what it makes are one thing to readers.
    check("[ORG Douyin] and [MISC Douyin]", &[1.0, 1.0], expect!["ORG Douyin ×2"]);
}

#[test]
fn places_are_their_names_and_a_few_countries_have_several() {
    check(
        "[LOC U.S.], [LOC US], [LOC USA] and [LOC United States]; [LOC Britain], the [LOC U.K.]",
        expect!["LOC United States ×4 | LOC Britain ×2"],
    );
    check(
        "[LOC Ossetia] and [LOC South Ossetia], [LOC Washington, D.C.] and [LOC Washington DC]",
        expect!["LOC Ossetia ×1 | LOC South Ossetia ×1 | LOC Washington, D.C. ×2"],
    );
    check(
        "[GPE Paris] is [LOC Paris], says [PER Paris], [MISC Paris].",
        expect!["GPE Paris ×1 | LOC Paris ×1 | PER Paris ×1 | MISC Paris ×1"],
    );
}

#[test]
fn the_name_is_the_fullest_form_that_is_not_shouted_or_furniture() {
    check("[PER DUNFORD] MEETS [PER JOSEPH DUNFORD]\n\n[PER Dunford] did it.", expect!["PER Dunford ×3"]);
    check("[PER Jane Doe] won. [PER Doe] is pleased.\n\nReporting by [PER Jane Mary Doe]", expect!["PER Jane Doe ×3"]);
}

/// The author of an article may share a name with somebody in it.
#[test]
fn a_byline_does_not_answer_to_a_surname_in_the_story() {
    check(
        "Storm hits coast\n\nBy [PER John Smith]\n\nThe mayor, [PER Smith], spoke on Monday.",
        expect!["PER John Smith ×1 | PER Smith ×1"],
    );
}

#[test]
fn salience_is_a_share_of_the_attention() {
    let (document, mentions) = read(
        "[PER Ana Brandt] wins\nBy [PER Jane Doe]\n\nPeople in [LOC Oslo] voted for [PER Brandt] on Monday, the office said.",
    );
    let entities = merge(&document, &mentions, &labels());
    assert_eq!(show(&document, &entities), "PER Ana Brandt ×2 | PER Jane Doe ×1 | LOC Oslo ×1");
    let salience: Vec<f32> = entities.iter().map(|entity| entity.salience).collect();
    assert!(salience[0] > 0.75 && salience[2] > 0.1, "{salience:?}");
    assert_eq!(salience[1], 0.0);
    assert!((salience.iter().sum::<f32>() - 1.0).abs() < 1e-6);
}

/// What a label means is known in one place, whatever a model calls it.
#[test]
fn the_names_of_labels_make_no_difference() {
    let (document, mentions) = read(
        "[PER Gen. Joseph Dunford] met [PER Dunford]'s staff and the [ORG Free Aceh Movement] ([ORG GAM]) in the [LOC U.S.], \
         [GPE United States]. [ORG Acme Inc.] and [ORG Acme] left the [LOC United States], where [PER J. Dunford] won the \
         [MISC Booker Prize] and the [MISC Booker].",
    );
    let entities = merge(&document, &mentions, &labels());
    expect![[r#"PER Gen. Joseph Dunford ×3 | ORG Free Aceh Movement ×2 | LOC United States ×2 | GPE United States ×1 | ORG Acme Inc. ×2 | MISC Booker Prize ×1 | MISC Booker ×1"#]]
        .assert_eq(&show(&document, &entities));
    for names in [
        ["PERSON", "ORGANIZATION", "LOCATION", "GPE", "MISC"],
        ["Person", "Organisation", "Location", "FAC", "EVENT"],
        ["per", "org", "loc", "gpe", "misc"],
        ["people", "company", "place", "building", "work_of_art"],
    ] {
        assert_eq!(merge(&document, &mentions, &labels_called(names)), entities, "{names:?}");
    }
}

/// Counts what is looked up, compared and registered, not time: twice the names are twice the work,
/// whatever they share.
#[test]
fn the_work_grows_with_the_number_of_mentions() {
    let texts: [fn(usize) -> String; 8] = [
        |i| format!("[PER Given{i} Smith] met [PER Smith]. "),
        |i| format!("[PER Ana M{i} Smith] met [PER Ana Smith]. "),
        |i| format!("[ORG Bank Number{i} of Asia] met [ORG BNA]. "),
        |i| format!("[LOC Place {i}] "),
        |_| "[PER A B C D E F G H] ".to_owned(),
        |i| format!("The [PER Smith{i}] brothers met Mrs. [PER Smith], known as [PER Ana{i} Smith]. "),
        |i| format!("[ORG Calabria{i} Public Employees] met [ORG Calpers{i}], formerly [ORG Calper]. "),
        |i| format!("[ORG Voice] met [MISC Voice] and [LOC Voice {}]. ", i % 7),
    ];
    for text in texts {
        let work = |n: usize| {
            let (document, mentions) = read(&(0..n).map(text).collect::<String>());
            steps::take();
            partition(&merge(&document, &mentions, &labels()), &mentions);
            steps::take()
        };
        let (some, more) = (work(500), work(1000));
        assert!(more <= 2 * some + some / 10, "{}: {some} steps, then {more}", text(0));
    }
}

#[test]
fn a_hundred_thousand_mentions_take_few_steps_each() {
    let n_names = 50_000;
    let (document, mentions) =
        read(&(0..n_names).map(|i| format!("[PER Given{i} Smith] met [PER Smith]. ")).collect::<String>());
    steps::take();
    partition(&merge(&document, &mentions, &labels()), &mentions);
    let per_mention = steps::take() / (2 * n_names);
    assert!(per_mention < 50, "{per_mention} steps a mention");
}

/// Every mention belongs to one entity, whose label is one of its mentions', and the order is that of the text.
fn partition(entities: &[Entity], mentions: &[Mention]) {
    let mut seen = vec![false; mentions.len()];
    for entity in entities {
        assert!(entity.mentions.is_sorted() && !entity.mentions.is_empty());
        for &idx in &entity.mentions {
            assert!(!std::mem::replace(&mut seen[idx], true), "mention {idx} is in two entities");
        }
        assert!(entity.mentions.iter().any(|&idx| mentions[idx].label == entity.label));
        assert!(entity.mentions.iter().any(|&idx| mentions[idx].span == entity.name));
    }
    assert!(seen.iter().all(|&seen| seen));
    assert!(entities.is_sorted_by_key(|entity| entity.mentions[0]));
    let total: f32 = entities.iter().map(|entity| entity.salience).sum();
    assert!(total == 0.0 || (total - 1.0).abs() < 1e-3, "{total}");
}

proptest! {
    #[test]
    fn entities_partition_the_mentions(
        marked in proptest::collection::vec("\\[(PER|ORG|LOC|MISC) (Ana |Gen\\. |J\\. |Mary |de |al-Assad |Lloyd-Jones |Smiths |The |Bank |of |US|\\.|[^\\[\\]\n]){1,4}\\]( |\n|\n\nBy | said\\. )", 0..30),
    ) {
        let (document, mentions) = read(&marked.concat());
        partition(&merge(&document, &mentions, &labels()), &mentions);
    }
}
