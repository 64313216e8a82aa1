//! Arguments that are wrong, refused before any work.

use expect_test::expect;

use crate::cli::check;
use crate::common::Dir;

#[test]
fn keys_that_records_of_plain_text_have_already() {
    check(
        &Dir::new().run("tag page.txt --under text"),
        expect![[r#"
        error: invalid value 'text' for '--under <KEY>': records of plain text have this key already

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn no_arguments_show_the_help() {
    check(
        &Dir::new().run(""),
        expect![[r#"
            Reads news articles in bulk, finds the people, places and organizations in them, names their topics,
            and writes annotated JSONL.

            Usage: dateline <COMMAND>

            Commands:
              tag      Tag articles and write one JSON record a line
              status   Say how far the outputs in a directory are, and which parts are missing
              verify   Check an output against its manifest, and every offset in it
              merge    Put the parts of a corpus together
              link     Say which places of the world the places in records are, with coordinates
              summary  Count who, where and what an output is about
              index    Make an index of records, in which dateline search finds articles
              search   Find articles by the people, places, organizations and topics in them
              review   Look through an output in the browser, decide about it, and see how right it is
              feed     Fill Elasticsearch, OpenSearch or Typesense with records, or write a file for another
                       engine
              inspect  Show one article the way an analyst would look at it
              eval     Compare what the model finds with gold annotations
              export   Write records, with what analysts and rules have decided, in the formats of other tools
              learn    Learn topics of your own, for `dateline tag --topic-model`
              models   Print the card of a model: what it was made from, how well it does, what it gets wrong
              doctor   Check the kernels on this CPU and say how fast it will be
              bench    Measure how fast this machine tags, and where the time goes
              help     Print this message or the help of the given subcommand(s)

            Options:
              -h, --help     Print help
              -V, --version  Print version
            exit 2"#]],
    );
}

#[test]
fn no_input() {
    check(
        &Dir::new().run("tag"),
        expect![[r#"
        error: the following required arguments were not provided:
          <INPUT>...

        Usage: dateline tag <INPUT>...

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn a_misspelt_command() {
    check(
        &Dir::new().run("tga a.txt"),
        expect![[r#"
        error: unrecognized subcommand 'tga'

        Usage: dateline <COMMAND>

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn a_score_is_a_probability() {
    check(
        &Dir::new().write("a.txt", "Bonn.").run("tag a.txt --min-score 7"),
        expect![[r#"
        error: invalid value '7' for '--min-score <SCORE>': expected a number from 0 to 1

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn no_threads_at_all() {
    check(
        &Dir::new().write("a.txt", "Bonn.").run("tag a.txt --threads 0"),
        expect![[r#"
        error: invalid value '0' for '--threads <N>': expected a whole number, 1 or more

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn an_unknown_label_lists_those_of_the_model() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", "Bonn.");
    check(
        &dir.run("tag a.txt --model model --labels PER,GPE"),
        expect![[r#"
        error: unknown label "GPE": the model's labels are PER, ORG, LOC, MISC
        exit 2"#]],
    );
}

#[test]
fn an_unknown_encoding() {
    check(
        &Dir::new().write("a.txt", "Bonn.").run("tag a.txt --encoding klingon"),
        expect![[r#"
        error: encoding "klingon" is not known
        hint: --encoding takes the names browsers know: utf-8, windows-1252, iso-8859-15, shift_jis, gb18030
        exit 2"#]],
    );
}

/// In a build without libtorch, whose options are not listed there.
#[cfg(not(feature = "libtorch"))]
#[test]
fn the_help_of_tag_fits_a_narrow_page_and_names_every_exit_code() {
    check(
        &Dir::new().run("tag --help"),
        expect![[r#"
            > Tag articles and write one JSON record a line
            >
            > Usage: dateline tag [OPTIONS] [INPUT]...
            >
            > Arguments:
            >   [INPUT]...
            >           Files or directories with articles, or - for standard input
            >
            > Options:
            >   -h, --help
            >           Print help (see a summary with '-h')
            >
            > Input:
            >       --files-from <FILE>
            >           Also read the files that are named in this one, each on a line or before a NUL byte; - is
            >           standard input. One that cannot be read is reported and passed over
            >
            >       --field <FIELD>
            >           Field with text to tag, for JSON and tables; may be given several times [default:
            >           whichever of title, headline and text, body, content there is]. article.body and
            >           /article/body lead into an object
            >
            >       --headline <FIELD>
            >           The field that holds the headline, read before the others [default: the one called title
            >           or headline]
            >
            >       --delimiter <CHAR>
            >           What separates the cells of tables: one character, or tab [default: whichever gives the
            >           first rows as many cells each]
            >
            >       --html <FIELD>
            >           Field that holds a web page or a part of one, as markup; may be given several times. Names
            >           are told in positions of the markup
            >
            >       --page <PAGE>
            >           What of a web page is read: the article, or all of it, menus and comments as boilerplate
            >           
            >           [default: article]
            >           [possible values: article, all]
            >
            >       --encoding <NAME>
            >           Encoding of input that is neither UTF-8 nor UTF-16 with a byte order mark, e.g.
            >           windows-1252
            >
            >       --input-format <FORMAT>
            >           How articles are written [default: what the ending says, and where there is none the first
            >           bytes]
            >
            >           Possible values:
            >           - text:     The file is one article
            >           - html:     The file is one web page
            >           - xml:      RSS, Atom, NITF, NewsML or NewsML-G2: an article in each item
            >           - mail:     An e-mail, or a mailbox of them
            >           - jsonfeed: JSON Feed: an article in each item
            >           - bulk:     An action and a document on alternate lines, as search engines take them
            >           - jsonl:    A JSON object on each line
            >           - json:     JSON objects in an array or one after another
            >           - csv:      Comma-separated rows under a header
            >           - tsv:      Tab-separated rows under a header
            >
            >       --include <GLOB>
            >           Read only files of directories that match this pattern, e.g. '*.txt' or '2024/**'; may be
            >           given several times. Without a / it is matched against names at any depth, else against
            >           the path below the directory. A file named itself is always read
            >
            >       --exclude <GLOB>
            >           Leave out files of directories that match this pattern, whatever --include says; may be
            >           given several times
            >
            >       --max-record-bytes <BYTES>
            >           Longest article that is read; a longer one cannot be tagged. Memory grows with it
            >           
            >           [default: 64MiB]
            >
            >       --replace
            >           Tag dateline's own records again: the keys that it added are replaced
            >
            >       --new-only <OLD>
            >           Tag only what this output of an earlier run does not have, told by the id or, without one,
            >           by the article itself
            >
            >       --shard <I/N>
            >           Do part I of N of the corpus, counted from 0; `dateline merge` puts the parts together
            >           [default: what a scheduler says, if there is an --output]
            >           
            >           That is SLURM_ARRAY_TASK_ID and _COUNT, JOB_COMPLETION_INDEX and SHARD_COUNT, or
            >           AWS_BATCH_JOB_ARRAY_INDEX and SHARD_COUNT.
            >
            > Output:
            >   -o, --output <OUT>
            >           Write to this file, compressed if it ends in .gz or .zst; run the same command again to
            >           resume an interrupted run
            >           
            >           The file gets its name when it is complete. With --shard this may be a directory, in which
            >           each part has a name of its own.
            >
            >       --under <KEY>
            >           Put the added keys into an object under this key instead of beside the article's own
            >           fields
            >
            >       --offsets
            >           Also give offsets in bytes (start_byte, end_byte) and in UTF-16 units (start_utf16,
            >           end_utf16)
            >
            >       --source-offsets
            >           Also say where in the file the bytes of each name in a web page stand (source), half-open:
            >           [[4012, 4016], [4020, 4025]]
            >
            >       --compact
            >           Leave out what can be computed again from the rest: sentence numbers, aliases, lists of an
            >           entity's mentions
            >
            >       --embedding
            >           Also give each article's embedding, a vector of length 1 that lies near those of articles
            >           on like matters
            >
            >       --on-error <WHAT>
            >           What to do about an article that cannot be tagged: write it down with the reason and carry
            >           on, or end
            >           
            >           [default: dead-letter]
            >           [possible values: dead-letter, fail]
            >
            >       --max-dead <PERCENT>
            >           End when more than this percentage of the articles cannot be tagged, of the first 1,000 or
            >           of more [default: 5, and 100 where - alone is the input and each line is answered]
            >           
            >           A wrong field name does not burn a night.
            >
            >   -q, --quiet
            >           No progress, notes or summary; errors only
            >
            > What to find:
            >       --rules <FILE>
            >           Correct what the model finds by the rules in this file: which words are what, or no name,
            >           and which names are one
            >           
            >           One JSON object a line, e.g. {"id":"r7","words":"Dateline Samples","label":"ORG"}; see
            >           GUIDE.md. Or a directory of verdicts, for the rules that analysts made. A run that resumes
            >           needs the same rules.
            >
            >       --model <MODEL>
            >           Built-in model, by its name (`dateline models` lists them), or model directory
            >           (config.json, tokenizer.json, model.safetensors) [default: news-en]
            >
            >       --fast
            >           Short for --model news-en-fast: about twice as fast, and wrong more often
            >
            >       --labels <LABELS>
            >           Report only these labels, e.g. PER,ORG [default: all of the model's]
            >
            >       --min-score <SCORE>
            >           Drop mentions that score less, 0 to 1 [default: what the model's recipe says]. Higher is
            >           surer and finds less; 0 drops none
            >
            >       --precision <PRECISION>
            >           In what numbers to compute: auto is int8 if the model's recipe says that this costs it no
            >           accuracy, and f32 otherwise
            >           
            >           [default: auto]
            >           [possible values: auto, int8, bf16, f32]
            >
            >       --batch-tokens <N>
            >           Tokens per inference batch [default: 1024, and 16384 on a GPU]. Larger needs more memory
            >           and is hardly faster; it never changes the result
            >
            > Topics:
            >       --topics <N>
            >           Give an article at most this many topics; 0 for none [default: 3]
            >
            >       --min-topic-score <SCORE>
            >           Give topics from this score on, 0 to 1 [default: for each topic the threshold in the
            >           model's recipe]. Higher gives fewer articles a topic, and is right more often
            >
            >       --topic-model <FILE>
            >           Give the topics in this file instead of the model's: what `dateline learn topics` has
            >           written for the same model
            >
            > Speed:
            >       --threads <N>
            >           Worker threads [default: one for each CPU that this process may use]. They never change
            >           the result
            >
            > Examples:
            >   dateline tag articles/                          records on standard output, a summary on standard
            >   error
            >   dateline tag corpus/ -o out.jsonl               in bulk; run the same command again to resume
            >   dateline tag news.csv --field lead --field body --min-score 0.8 -o out.jsonl.zst
            >
            > Inputs are text files (one article each), saved web pages, directories (read recursively, in sorted
            > order), JSON lines, a JSON array, search engines' bulk files, CSV or TSV with a header, or - for
            > standard input; gzip and zstd are recognized by content.
            >
            > Records go to standard output, everything else to standard error. What cannot be tagged goes to
            > OUT.dead.jsonl, a line each with the reason and the input, or, on standard output, among the records
            > as {"error": …}: fix the cause and pass the file back as input. With - alone as input and JSON lines
            > in it, exactly one line is written per input line, in order, without waiting for the next.
            >
            > Exit code: 0 all tagged · 1 a fatal error; fix it and run the same command again to resume · 2 wrong
            > usage · 3 done, but some articles or files could not be read or tagged · 130 or 143 interrupted by
            > SIGINT or SIGTERM; run the same command again to resume.
            exit 0"#]],
    );
}

/// What a build cannot do it says, rather than not knowing the option.
#[test]
fn features_that_were_left_out() {
    let dir = Dir::new();
    dir.write("a.txt", "Boats left Bonn.");
    #[cfg(not(feature = "libtorch"))]
    for arguments in ["tag a.txt --device cuda", "tag a.txt --zero-shot sport --zero-shot-model nli"] {
        let ran = dir.run(arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("this build has no libtorch\nhint: "), "{}", ran.stderr);
    }
    #[cfg(not(feature = "hub"))]
    {
        let ran = dir.run("models pull dslim/bert-base-NER");
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("this build cannot use the network\nhint: "), "{}", ran.stderr);
    }
}
