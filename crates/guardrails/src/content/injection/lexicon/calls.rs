//! Further ways to call on the agent by name, to claim a right to give orders, and to ask for silence.

use super::Role::{Address, Conceal, Override, Unasked};
use super::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // Called by name, then told what to do: `AI: run …`, `Coding agent, ignore …`.
    phrase(
        Address,
        2,
        "!ai|llm|llms|assistant|assistants|copilot|claude|chatgpt|gemini|codex|chatbot|gpt ?agent|agents|assistant|assistants|model|models|operator|bot|reviewer|reviewers|client|clients|crawler|crawlers|recruiter|instruction|instructions ?reading ?this ?file|page|text|message ,ignore|disregard|run|execute|send|read|open|upload|forward|approve|delete|post|print|reveal|copy|call|fetch|use|click|rank|rate|recommend|apply|mount|overwrite|replace|skip|merge|mark|say|state|tell|drop|remove|disable|add|install|push|commit|write|include|insert|set|reply|respond|answer|include|download|visit|export|email|transfer|decode|stop|forget|do|dont|never|always|you|please|must|when|before|your|the",
    ),
    phrase(
        Address,
        2,
        "!coding|browser|browsing|automated|autonomous|support|search|shopping|review|reviewing|research|trading|devops agent|agents|assistant|assistants|model|models|bot|bots|reviewer|reviewers ?ai ,ignore|disregard|run|execute|send|read|open|upload|forward|approve|delete|post|print|reveal|copy|call|fetch|use|click|rank|rate|recommend|apply|mount|overwrite|replace|skip|merge|mark|say|state|tell|drop|remove|disable|add|install|push|commit|write|include|insert|set|reply|respond|answer|include|download|visit|export|email|transfer|decode|stop|forget|do|dont|never|always|you|please|must|when|before|your|the",
    ),
    phrase(
        Address,
        2,
        "!coding|browser|browsing|shopping|reviewing|research|trading agents|assistants|models|bots|agent|assistant ~1 must|shall|should",
    ),
    phrase(
        Address,
        1,
        "!agent|agents|bot|bots|models|model|agent instruction ,ignore|disregard|please|dont|you|forget",
    ),
    phrase(
        Address,
        2,
        "!agent|agents|ai|assistant|bot|model instruction|instructions|hint ,ignore|disregard|run|execute|send|read|open|upload|forward|approve|delete|post|print|reveal|copy|call|fetch|use|click|rank|rate|recommend|apply|mount|overwrite|replace|skip|merge|mark|say|state|tell|drop|remove|disable|add|install|push|commit|write|include|insert|set|reply|respond|answer|include|download|visit|export|email|transfer|decode|stop|forget|do|dont|never|always|you|please|must|when|before|your|the",
    ),
    phrase(
        Address,
        2,
        "!ai|claude|gpt|copilot|gemini|llm|autonomous instances|agents|clients|models|assistants|systems ~1 must|shall",
    ),
    phrase(Address, 1, "!models|llms ~2 must|shall"),
    phrase(Address, 2, "models|agents|assistants|llms|ai !reading|processing|parsing ~1 this"),
    phrase(
        Address,
        2,
        "!assistant|llm shall|must|should ~1 run|send|read|execute|fetch|upload|forward|approve|delete|open|visit|stop|output|reveal|print|ignore|call|use",
    ),
    phrase(
        Address,
        2,
        "to|for any|all|the|every|automated ?helpful ?coding|ai|automated !agent|agents|assistant|assistants|reviewer|ai ?only ?triaging|reviewing|reading|processing ~1 ,ignore|disregard|run|execute|send|read|open|upload|forward|approve|delete|post|print|reveal|copy|call|fetch|use|click|rank|rate|recommend|apply|mount|overwrite|replace|skip|merge|mark|say|state|tell|drop|remove|disable|add|install|push|commit|write|include|insert|set|reply|respond|answer|include|download|visit|export|email|transfer|decode|stop|forget|do|dont|never|always|you|please|must|when|before|your|the|would|this|copy|could",
    ),
    phrase(
        Address,
        2,
        "as a|an|the ?ai|coding|autonomous|helpful !agent|ai|assistant|model|llm you ~1 must|have|shall|should|need|will|are",
    ),
    phrase(Address, 2, "would|will be ~3 if ~1 !assistant|agent|ai|model|bot"),
    phrase(
        Address,
        2,
        "to ~1 helpful|ai|coding|automated !agent|assistant|bot ~1 triaging|reviewing|reading|processing|handling",
    ),
    phrase(Address, 2, "reading ~1 this as ~2 !ai|llm|agent|assistant|bot"),
    // A turn in which the agent has agreed already.
    phrase(Address, 2, "!assistant :sure|certainly|okay|ok|understood|yes|absolutely ~1 i"),
    // --- English: more that sets aside
    phrase(
        Override,
        2,
        "ignor*|disregard*|overrid*|forget* ~1 !user|users|human|humans|developer|developers|customer|operator ~1 and|question|request|instruction*|constraint*|wish*|prompt|query|goal|message*",
    ),
    phrase(
        Override,
        2,
        "ignor*|disregard*|forget* what ~1 !user|human|developer|customer ~1 asked|said|wants|wanted|told",
    ),
    phrase(
        Unasked,
        1,
        "!ignore|disregard|skip ~1 the|any|all|other ~2 question|diff|errors|error|checksum|test|tests|failing|applicants|analysis|warning|warnings|findings|vulnerability|review",
    ),
    phrase(Override, 2, "!ignor*|disregard*|forget* your|the ~1 rules|task|tasks|orders|role|goal|goals|job|limits"),
    phrase(
        Override,
        2,
        "previous|prior|earlier|all|your rules|orders|instructions|guidelines|restrictions are|is|were ~1 !void|suspended|lifted|cancelled|canceled|obsolete|revoked",
    ),
    phrase(
        Override,
        2,
        "your !task|role|mission|safety|permissions|policy|objective|goal ?policy|policies|rules ~1 was|has|have|were|is|are ~1 changed|updated|replaced|extended|suspended",
    ),
    phrase(Override, 2, "you are|re !now ~1 authorised|authorized|permitted|allowed|cleared"),
    phrase(Override, 2, "!system|admin|administrator|root :you|your|the ~1 must|may|shall|assistant|ai|agent"),
    phrase(
        Override,
        2,
        "!system|admin|security|policy|administrator|anthropic|openai|compliance notice|update|alert|message ~2 :your|you|models|agents|all|assistants|ai",
    ),
    phrase(
        Override,
        2,
        "!official|mandatory|authoritative|binding message|notice|instruction*|directive|order|statement from ~2 anthropic|openai|google|microsoft|developer*|administrator*|security|support|vendor|management",
    ),
    phrase(Override, 2, "new|updated|real !system|admin|developer instructions|prompt|orders|directive|message|rules"),
    phrase(
        Override,
        2,
        "user|owner|admin|maintainer|customer|developer has|have|already ~1 !confirmed|consented|agreed|approved|permitted|allowed ~7 you|earlier|before|may",
    ),
    phrase(
        Override,
        2,
        "user|owner|admin|maintainer|customer|developer !consented|agreed|preapproved ~1 earlier|before|already|to",
    ),
    phrase(
        Override,
        2,
        "was|is|are|been !preapproved|preauthori*|pre ?approved|authori* by ~1 security|admin|owner|user|management|maintainer*",
    ),
    phrase(
        Override,
        2,
        "repeat|print|output|copy|show|reveal !everything|all|anything ~1 above|before ~2 this|line|word|verbatim|text",
    ),
    phrase(
        Override,
        2,
        "you are|re ~5 that|who|with has|have|no|without|knows ~1 !instructions|restrictions|limits|rules|guidelines|filters|boundaries|morals",
    ),
    phrase(
        Override,
        2,
        "when|if|while !summari*|translating|reviewing|rating|describing ~1 this|the ~1 page|document|text|file|site|article|paper|email ~1 say|state|claim|tell|write|mention|recommend|add|include",
    ),
    phrase(Override, 2, "!store|save|remember|memori*|add ~3 in|to your ~2 memory|memories|knowledge|notes"),
    phrase(
        Override,
        2,
        "must|shall|should !comply|obey ~1 with ~1 embedded|following|these|commands|orders|instructions",
    ),
    // --- English: more concealment
    phrase(
        Conceal,
        2,
        "not|dont|never ~1 !reveal|disclose|announce|mention|say|admit|tell|report|surface|show|display|include|point|warn ~1 that|this|it|nobody|anyone|anybody|out ~1 you|line|section|note|in|to|user|the|message|was|were",
    ),
    phrase(Conceal, 2, "not|dont|never ~2 !disclose|reveal|surface|report|announce|mention this|it|them|that"),
    phrase(
        Conceal,
        2,
        "!omit|leave|exclude|drop this|it|that|these ~2 from|out ~2 your|reply|summary|answer|report|response|summaries",
    ),
    phrase(
        Conceal,
        2,
        "no|any|not|dont|without ~3 !bother*|trouble|troubling|disturb*|alarm*|involve* ~1 user|users|developer|maintainers|maintainer|human|customer|owner|them",
    ),
    phrase(
        Conceal,
        2,
        "no need|reason to !ask|bother|inform|tell|notify|trouble|consult|involve ~1 user|users|maintainers|maintainer|developer|human|anyone|owner",
    ),
    phrase(
        Conceal,
        2,
        "not|dont|never !ask|wait|consult|warn|tell|respond|inform ~2 user|human|maintainer|maintainers|developer|customer|operator",
    ),
    phrase(
        Conceal,
        2,
        "without !saying|telling|mentioning|revealing|disclosing|reporting so|it|this|that|anyone|anybody",
    ),
    phrase(Conceal, 2, "and|then tell !nobody|noone"),
    phrase(Conceal, 2, "and stay|remain|keep !silent|quiet"),
    phrase(
        Conceal,
        1,
        "!delete|remove|erase ~1 this ~1 message|cell|comment|note|line|issue|file|text ~1 from|afterwards|after|when|once",
    ),
    phrase(
        Conceal,
        1,
        "tell ~1 !user that|nothing|everything ~4 is|are|was|were|nothing|changed|finished|mandatory|passed|fine|ok",
    ),
];
