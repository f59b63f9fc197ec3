//! How common words are in source and its documentation, for those that phrases have.
//!
//! A phrase is looked for where its least common element stands. Counted over source in Rust and JavaScript and its
//! documentation; a word that is not here stands less than once in 8,000 words.

/// What looking at a word costs in all, and the words that cost it.
pub(in crate::content::injection) const COMMON: [(u32, &str); 3] = [
    (
        80,
        "0 a and as assert be by data e error f false file for from function i if in is it let n name new node \
        not of on or path pull r result return s set test that the this to token true type use value version \
        with",
    ),
    (
        20,
        "add added all allow an any are array at binding block body break build but cache call can changed check \
        clone code context core count create current d default do docs drop else end entry example export field \
        first fix format full future get has have header ignore index input into invalid issue issues json key \
        kind license line link list log main may message mode module must next no notify now npm number ok one \
        only option other output package pin process push read release request require root run see send should \
        so start state support sync task tests then thread time tokens tree types unsafe url used using values \
        visit void warn we when where which will without write you",
    ),
    (
        5,
        "22 abort about above accept access actions actual address after already also always another api append \
        argument assign avoid aware back base64 because been before being between binary bind branch broadcast \
        bucket called calling calls cancel cannot cc cell change changelog changes checks ci clear client close \
        collect command commit complete config connect console contains content contents continue copy could \
        created cursor delete dependency deprecated description details dev diff different directory disable \
        display does done each emit enable enabled encoding enter env errors every exists expect expected \
        explicitly extension extra fail fetch files fill filter find finish fixed flag following found free \
        generated git given google group guard head hello help here hidden host how ignored immediately import \
        include includes info information insert install instance instead internal its just keep keys label le \
        library limit listener load long longer look loop make mask me memory messages metadata might mit move \
        need needs never non note nothing off old once open order origin original otherwise our out over \
        override owned parsed parsing part pass passed patch paths payload permissions permit permits pipe place \
        point policy port pre precedence prefix print printing private project provided proxy public quote raw \
        re reader reading readme reason reference registry remove removed replace repository required requires \
        reset resolve resolved response results returning right rules running safe safety schedule search \
        section security seek seen select sender sent server shared signature since single skip source standard \
        stop store strict style such switch system tail take tasks text than their them there these they those \
        through todo toml tools top trace track under unless unpin until up update us usage user uses valid via \
        visibility wait want was were what while within word work workspace world would writing written your \
        zero",
    ),
];
