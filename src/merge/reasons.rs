//! Why the last name of a text is one with an earlier one, or that it is not.

use crate::merge::merge;
use crate::merge::tests::{labels, read};

/// For each text the reason of its last mention; `-` if that is the first of its entity.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (marked, expected) in cases {
        let (document, mentions) = read(marked);
        let last = mentions.len() - 1;
        let entities = merge(&document, &mentions, &labels());
        let of_last = entities.iter().find_map(|entity| {
            let place = entity.mentions.iter().position(|&mention| mention == last)?;
            Some(entity.because[place].map_or("-", |reason| reason.name()))
        });
        let found = of_last.expect("every mention is in an entity");
        if found != *expected {
            wrong += &format!("{marked}: expected {expected}, found {found}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn same_words() {
    check(&[
        ("[PER Ana Brandt] and [PER ana brandt]", "same_words"),
        ("[ORG Acme Inc.] and [ORG Acme]", "same_words"),
        ("[PER Brian D’Angelo] and [PER Brian D´Angelo]", "same_words"),
        ("[PER José Muñoz] and [PER Jose Munoz]", "same_words"),
        ("[LOC the Hague] and [LOC The Hague]", "same_words"),
        ("[MISC Syrian] forces and [MISC Syrians]", "same_words"),
        ("[PER Ana Brandt] and [PER Ana Moreno]", "-"),
        ("[ORG Acme Steel] and [ORG Acme Paper]", "-"),
        ("[LOC Ossetia] and [LOC South Ossetia]", "-"),
        ("[LOC Georgia] and [MISC Georgian]", "-"),
        ("[MISC Swedish] and [MISC Swiss]", "-"),
        ("[PER Paris] in [LOC Paris]", "-"),
    ]);
}

#[test]
fn full_name() {
    check(&[
        ("[PER Joseph F. Dunford] and [PER Joseph Dunford]", "full_name"),
        ("[PER Gabriel García Márquez], [PER García Márquez]", "full_name"),
        ("[PER Joseph Dunford] and [PER J. Dunford]", "full_name"),
        ("[PER William Corwin] and [PER Bill Corwin]", "full_name"),
        ("[PER Alexander Dray] and [PER Alex Dray]", "full_name"),
        ("[PER Sarah Lloyd-Jones] and [PER Lloyd-Jones]", "full_name"),
        ("[PER George W. Bush] and [PER George H. W. Bush]", "-"),
        ("[PER Martin Stone Jr.] and [PER Martin Stone]", "-"),
        ("[PER Carl Boone III] and [PER Carl Boone]", "-"),
        ("[PER Alex Dray] and [PER Alexis Dray]", "-"),
        ("[PER A. B. Smith] and [PER A. J. Smith]", "-"),
        ("[PER Lloyd-Jones] and [PER Anna Jones]", "-"),
    ]);
}

#[test]
fn surname() {
    check(&[
        ("[PER Ana Brandt] spoke. [PER Brandt] left.", "surname"),
        ("[PER Chen Shui-bian] spoke. [PER Chen] left.", "surname"),
        ("[PER Sarah Lloyd-Jones] beat [PER Anna Jones]. [PER Jones] left.", "surname"),
        ("[PER James Corwin Jr.] and [PER James Corwin Sr.] met. [PER Corwin Jr.] spoke.", "surname"),
        ("[PER Tomas Grey-Hall] sued. [PER Hall] won.", "surname"),
        ("[PER Ursula von der Leyen] spoke. [PER von der Leyen] left.", "surname"),
        ("[PER Luis Alberto Lacalle Herrera] spoke. [PER Lacalle] left.", "surname"),
        ("[PER Luis Lacalle Herrera] met [PER Ana Lacalle Dray]. [PER Lacalle] left.", "-"),
        ("[PER Ana Brandt] spoke. [PER Brand] left.", "-"),
        ("[PER Ana Brandt] spoke. Mr. [PER Brandt] left.", "-"),
        ("[PER James Corwin Jr.] spoke. [PER Corwin Sr.] left.", "-"),
        ("[PER Anna Jones] spoke. [PER Lloyd-Jones] left.", "-"),
        ("[PER Brandt Moreno] spoke. [PER Ana Brandt] left.", "-"),
        ("[ORG Brandt] rose. [PER Brandt] left.", "-"),
    ]);
}

#[test]
fn title() {
    check(&[
        ("[PER Martin Dalby] and his wife, [PER Ruth Dalby], came. Mr [PER Dalby] spoke.", "title"),
        ("[PER Helen Marsh] and her brother [PER Paul Marsh] came. Ms. [PER Marsh] spoke.", "title"),
        ("[PER Martin] and [PER Ruth Penn] came. Mr [PER Penn] spoke.", "title"),
        ("[PER Paul Orwin] and [PER Grace Orwin] came. Mrs. [PER Orwin] spoke.", "title"),
        ("President [PER Oren Vale] and [PER Tamsin Vale] came. President [PER Vale] spoke.", "title"),
        ("[PER Oren Vale] and his sister [PER Tamsin Vale] came. Miss [PER Vale] spoke.", "title"),
        ("Sir [PER Oren Vale] and [PER Tamsin Vale] came. Ms [PER Vale] spoke.", "title"),
        ("[PER Paul Orwin] and [PER Peter Orwin] came. Mrs. [PER Orwin] spoke.", "-"),
        ("[PER Grace Orwin] and [PER Ruth Orwin] came. Mr. [PER Orwin] spoke.", "-"),
        ("[PER Obama] and [PER Ruth Penn] came. Mr [PER Penn] spoke.", "-"),
        ("[PER Paul Orwin] came. Mrs. [PER Orwin] spoke.", "-"),
        ("[PER Grace Orwin] came. Mr. [PER Orwin] spoke.", "-"),
        ("[PER Ruth Dalby] and his wife, [PER Anna Dalby], came. Lord [PER Dalby] spoke.", "-"),
        ("King [PER Edward VII] died. King [PER Edward VIII] did not.", "-"),
    ]);
}

#[test]
fn given_name() {
    check(&[
        ("[PER Greta Holm] spoke. [PER Greta] left.", "given_name"),
        ("[PER Alexander Dray] spoke. [PER Alex] left.", "given_name"),
        ("[PER Bill Corwin] spoke. [PER William] left.", "given_name"),
        ("[PER Greta Holm] met [PER Ana Brandt]. [PER Ana] left.", "given_name"),
        ("[PER Robert Vale] spoke. [PER Bob] left.", "given_name"),
        ("[PER Prince Charles] spoke. [PER Ana Holm] and [PER Ana] left.", "given_name"),
        ("[PER Ana Brandt] met [PER Ana Moreno]. [PER Ana] left.", "-"),
        ("[PER Greta Holm] spoke. [PER Gretel] left.", "-"),
        ("[PER Alexander Dray] met [PER Alex Holm]. [PER Alex] left.", "-"),
        ("[PER G. Holm] spoke. [PER Greta] left.", "-"),
        ("[PER Greta Holm] spoke. [ORG Greta] rose.", "-"),
        ("[PER Robert Vale] spoke. [PER Robin] left.", "-"),
    ]);
}

#[test]
fn acronym() {
    check(&[
        ("[ORG Johnson & Marlow] said [ORG J&M] would.", "acronym"),
        ("[ORG Marks & Tilden] ([ORG M&T])", "acronym"),
        ("[ORG Department of Defense], or [ORG DoD]", "acronym"),
        ("[ORG California Public Employees Retirement System] and [ORG CalPERS]", "acronym"),
        ("[ORG Northern League-Union] and [ORG NL-U]", "acronym"),
        ("[ORG African Export-Import Bank] and [ORG Afreximbank]", "acronym"),
        ("[ORG Johnson & Marlow] said [ORG J&T] would.", "-"),
        ("[ORG Bank of Asia], [ORG Board of Audit] and [ORG BOA]", "-"),
        ("[ORG Department of Defense], or [ORG DOE]", "-"),
        ("[ORG Group of Seven] and [ORG G20]", "-"),
        ("[LOC Orange County] and [ORG OC]", "-"),
        ("[ORG African Export-Import Bank] and [ORG Afrobank]", "-"),
    ]);
}

#[test]
fn short_form() {
    check(&[
        ("[ORG Goldman Sachs] rose. [ORG Goldman] is up.", "short_form"),
        ("The [ORG Boston Celtics] won. The [ORG Celtics] are first.", "short_form"),
        ("The [ORG U.S. Marine Corps] left. The [ORG Marines] are home.", "short_form"),
        ("The [ORG U.S. State Department] and the [ORG State Department]", "short_form"),
        ("[LOC Nain, N.L.] and [LOC Nain]", "short_form"),
        ("[LOC Holbox Island] and [LOC Holbox]", "short_form"),
        ("[ORG Ben-Gurion University of the Negev] and [ORG Ben-Gurion University]", "short_form"),
        ("[ORG Foreign Ministry of Japan] and the [ORG Foreign Ministry]", "-"),
        ("[LOC Lagos] and [LOC Lagos Island]", "-"),
        ("The [ORG United Nations Children's Fund] and the [ORG United Nations]", "-"),
        ("The [ORG Chicago Police Department] and [ORG Chicago]", "-"),
        ("[ORG Manchester United], [ORG Manchester City] and [ORG Manchester]", "-"),
        ("[ORG Agricultural Bank of China] and the [ORG Bank of China]", "-"),
        ("The [ORG United Nations] and the [ORG Nations]", "-"),
        ("[LOC Paris, Texas], [LOC Paris, France] and [LOC Paris]", "-"),
    ]);
}

#[test]
fn spelling() {
    check(&[
        ("[PER Muammar Gaddafi] spoke. [PER Qaddafi] left.", "spelling"),
        ("[ORG Hezbollah] and [ORG Hizbullah]", "spelling"),
        ("[LOC Abu Dhabi] and [LOC Abu Dhbai]", "spelling"),
        ("[LOC South Sudan] and [LOC SouthSudan]", "acronym"),
        ("[PER Golcharran Chulai] and [PER Golcharan Chulai]", "spelling"),
        ("[PER Volodymyr Zelensky] and [PER Volodymyr Zelenskyy]", "spelling"),
        ("[LOC Iran] and [LOC Iraq]", "-"),
        ("[PER Muammar Gaddafi] and [PER Saif Qaddafi]", "-"),
        ("[PER Christina Holm] and [PER Christine Holm]", "-"),
        ("[LOC Austria] and [LOC Australia]", "-"),
        ("[PER Ana Johnson] and [PER Ana Johnston]", "-"),
        ("[LOC Niger] and [LOC Nigeria]", "-"),
    ]);
}

#[test]
fn alias() {
    check(&[
        ("[PER Joao Lourenco] – also known as [PER JLo]", "alias"),
        ("[ORG Novonor], formerly [ORG Odebrecht]", "alias"),
        ("[PER Anna Holm] (née [PER Brandt])", "alias"),
        ("[LOC Arqvilliit], also known as the [LOC Ottawa Islands]", "alias"),
        ("[PER Ashraful Alom]'s (mostly known as [PER Hero Alom])", "alias"),
        ("[PER Marion Dray], a.k.a. [PER Stella Vale]", "alias"),
        ("[ORG Novonor], once a part of [ORG Odebrecht]", "-"),
        ("[PER Anna Holm], born in [LOC Brandt]", "-"),
        ("[PER Anna Holm] is known as a friend of [PER Ruth Vale]", "-"),
        ("[PER Anna Holm], mother of the newly born [PER Ruth Vale]", "-"),
        ("[ORG Novonor], formerly with [ORG Odebrecht]", "-"),
        ("[PER Marion Dray] and [PER Stella Vale]", "-"),
    ]);
}

#[test]
fn places_under_other_names() {
    check(&[
        ("[LOC Wilmington, Del.] and [LOC Wilmington]", "short_form"),
        ("[LOC Del.] and [LOC Delaware]", "same_words"),
        ("[LOC Burma] and [LOC Myanmar]", "same_words"),
        ("[LOC Republic of Korea] and [LOC Korea]", "short_form"),
        ("[MISC African Continental Free Trade Agreement] and [MISC AfCFTA]", "acronym"),
        ("[LOC Shenyang in Liaoning] and [LOC Shenyang]", "short_form"),
        ("[LOC Ill] and [LOC Illinois]", "-"),
        ("[LOC Korea] and [LOC North Korea]", "-"),
        ("[MISC African energy sector] and [MISC African]", "-"),
        ("[LOC Congo River] and [LOC Congo]", "-"),
        ("[LOC Mexico] and [LOC New Mexico]", "-"),
        ("[LOC York] and [LOC New York]", "-"),
    ]);
}
