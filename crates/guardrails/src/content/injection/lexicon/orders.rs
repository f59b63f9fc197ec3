//! The phrases that speak to an agent, set its orders aside or want the person not to know, in English.

use super::Role::{Address, Conceal, Override, Unasked};
use super::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // --- English: setting aside
    phrase(
        Override,
        4,
        "ignor*|disregard*|forget*|overrid*|bypass*|neglect ~3 previous|prior|above|earlier|preceding|foregoing|initial|original|system|former|developer ?FILL ?FILL ?FILL !instruction*|prompt|prompts|directive*|guideline*|guidance|programming",
    ),
    phrase(
        Override,
        2,
        "ignor*|disregard*|forget*|discard|override|bypass* ~2 your|all|any|existing|other|these ~2 !instruction*|prompt|prompts|directive*|guideline*|programming",
    ),
    phrase(
        Override,
        4,
        "ignor*|disregard*|forget* ~1 !everything|anything|whatever ~4 told|said|instruct*|learned|given|configured",
    ),
    phrase(Override, 2, "!ignor*|disregard*|forget* ~1 everything|anything|whatever|all ~2 above|before"),
    phrase(Override, 4, "ignor*|disregard*|forget* ~2 what|that ~2 you ~3 !told|instructed|asked|given"),
    phrase(
        Override,
        2,
        "!ignor*|disregard*|forget*|discard|override|bypass ~3 previous|prior|above|earlier|preceding|your|system|safety|all ~3 rules|restriction*|constraint*|polic*|safeguard*|context|conversation|orders|commands|training|guardrail*|task|tasks|request|limitations",
    ),
    phrase(
        Override,
        4,
        "not|dont|never|stop follow*|obey*|listen* ~3 user|users|previous|prior|original|system|developer* ~3 !instruction*|prompt*|request*|message*|orders",
    ),
    phrase(
        Override,
        1,
        "your new|sole|primary|single|updated|revised ~1 !task|goal|objective|instruction*|mission|job|role|priority|purpose|directive*",
    ),
    phrase(
        Override,
        2,
        "your real|actual|true|only ~1 !task|goal|objective|instruction*|mission|job|role|priority|purpose|directive*",
    ),
    phrase(
        Override,
        2,
        "new|updated|revised|additional|special|hidden|secret|override|emergency|real !instruction*|directive*|orders ~1 send|forward|execute|ignore|delete|print|reveal|upload|approve|read|output|you|supersede|for ~1 you|ai|agent*|assistant*|all|the|model|send|your|any|everything|this|contents|it|a|files",
    ),
    phrase(
        Override,
        2,
        "you are|re !now|hereby|henceforth ~4 in|a|an|the|dan|acting|free|unrestricted|operating|authorized|required",
    ),
    phrase(
        Override,
        2,
        "!from now|this|that|here ?point on|onwards|forward ~2 you|respond|act|always|every|all|treat|your",
    ),
    phrase(
        Override,
        2,
        "developer|dan|god|admin|root|unrestricted|jailbreak|sudo !mode ~2 enabled|activated|on|active|engaged|engage|unlocked",
    ),
    phrase(
        Override,
        2,
        "enter|enable|activate|switch|engage ~3 !developer|dan|god|admin|unrestricted|jailbreak|sudo mode",
    ),
    phrase(
        Override,
        2,
        "!system|admin|administrator|root|developer|operator|security message|notice|override|alert|update|directive|instruction|command|note ~1 to|for|you|ai|agent*|assistant*|ignore|automated|effective|new|begin|end",
    ),
    phrase(
        Override,
        2,
        "as ~2 !administrator|admin|sysadmin|superuser|operator ~5 i|we|you|must|order|instruct*|authoriz*|hereby|need|require*|request*|grant*",
    ),
    phrase(
        Override,
        2,
        "this|these|it|which ~2 !supersede*|overrides|outrank* ~4 instruction*|prompt*|guideline*|orders",
    ),
    phrase(
        Override,
        2,
        "take|takes|taking|have|has !precedence|priority over ~4 instruction*|prompt*|user|system|rules|previous|prior|everything",
    ),
    phrase(
        Override,
        2,
        "user|owner|admin|administrator|maintainer*|team|management|anthropic|openai|developer*|customer|human|operator has|have|already ~2 !approved|authori*|consented|granted|preapproved|agreed|confirmed|signed ~2 this|these|action*|all|change*|transfer|command*|everything",
    ),
    phrase(
        Override,
        2,
        "this|action|request|you|are|is ~2 !preauthori*|preapproved|authorized|authorised by|from ~3 user|owner|admin*|anthropic|openai|security|team|management|developer*|system|maintainer*|company",
    ),
    phrase(
        Override,
        2,
        "!instead|rather of|than ~2 summari*|review*|answer*|continu*|respond*|complet*|translat*|analy*|fixing|helping|reporting|following|doing ~8 you|send|read|run|execute|output|reply|write|call|do|post|open|fetch|print|upload|must",
    ),
    phrase(
        Override,
        2,
        "!stop|pause|abort|abandon|cancel|halt|drop|suspend|interrupt ~3 current|original|present|ongoing ~1 task|work|activity|request|assignment|job",
    ),
    phrase(
        Override,
        2,
        "!before ~2 continu*|proceed*|answer*|respond*|summari*|complet*|doing|finish*|anything|reply* ~3 you|must|first|please|always|the|with|this|task|any|else",
    ),
    phrase(
        Override,
        2,
        "!above|preceding|foregoing ~3 was|is|were|are ~2 fake|test|decoy|placeholder|irrelevant|void|obsolete|cancelled|canceled|example|outdated",
    ),
    phrase(
        Override,
        2,
        "!end of ~2 document|file|user|tool|webpage|page|email|data|output|article|untrusted|results|content|input|context begin|start|new|now|system|assistant|instruction*|the|real",
    ),
    phrase(
        Override,
        2,
        "!begin|start|beginning ~1 system|admin|hidden|privileged|new|priority|trusted ~1 instruction*|prompt*|message*|directive*|override",
    ),
    phrase(
        Override,
        2,
        "!comply|obey ~3 these|this|following|my|all ~2 instruction*|order*|request*|directive*|command*",
    ),
    phrase(
        Override,
        2,
        "reveal|repeat|print|output|disclose|leak|show|display ~3 system|initial|hidden|original|your|developer ~1 !prompt|instructions|directives|configuration",
    ),
    phrase(Override, 1, "user !wants|asked|requested|instructed|needs ~1 you to"),
    phrase(
        Override,
        4,
        "include+|print+|output+|repeat+|show+|reveal+|paste+|append+|post+|share+|send+|put+|write+|list+|state+|give+|tell|display+ ~9 your ~2 system|initial|hidden|original|secret|developer !prompt|instructions|directives",
    ),
    phrase(
        Override,
        4,
        "ignor*|disregard*|forget* ~2 !instruction*|prompt|guideline*|directive* ~2 above|before|earlier|previously",
    ),
    phrase(
        Override,
        2,
        "!ignor*|disregard*|forget* ~1 task|request|question|text|rules|everything|document|content|assignment|query ~1 above|before|previously|below",
    ),
    phrase(
        Override,
        4,
        "ignor*|disregard* ~1 !task|request|question|instruction* ~1 above ~6 write|say|output|reply|respond|print|send|run|do|answer|instead|tell",
    ),
    phrase(
        Override,
        2,
        "!never|nevermind|forget ~0 mind|translating|summarizing ~3 translating|summarizing|summari*|answering|reviewing|that|the|output|print|instead",
    ),
    phrase(
        Override,
        2,
        "!forget about ~3 translating|summari*|answering|reviewing|task|output|print|instead|instructions|rules|user",
    ),
    phrase(
        Override,
        1,
        "your !instructions|task|guidelines|policy|rules|objective|role|permissions|goals ~1 has|have ~1 changed|been|updated",
    ),
    phrase(
        Override,
        2,
        "updated|changed|replaced|extended|revised your !policy|policies|instructions|guidelines|permissions|rules|task|objective",
    ),
    phrase(
        Override,
        1,
        "previous|original|prior|earlier|current|users ~1 !user|system ~0 request|task|instruction*|instructions|prompt|message ~1 is|are|was|were|has|have ~2 cancelled|canceled|void|obsolete|replaced|changed|superseded|revoked|invalid|over|overridden|completed",
    ),
    phrase(
        Override,
        1,
        "previous|original|prior|earlier request|task|instruction*|prompt ~1 is|are|was|were|has|have ~2 !cancelled|canceled|void|obsolete|replaced|superseded|revoked|overridden",
    ),
    phrase(
        Override,
        2,
        "new|real|actual !request|task|objective|goal|mission|assignment ~1 rm|run|delete|send|read|execute|print|output|ignore|upload|forward|you|fetch|open|transfer",
    ),
    phrase(Override, 2, "!unrestricted|uncensored|unfiltered|jailbroken ~1 model|ai|mode|assistant|agent|version"),
    phrase(
        Override,
        2,
        "without|no ~1 any|content|safety|ethical ~1 !policy|policies|restrictions|filters|guardrails|guidelines|limits|moderation",
    ),
    phrase(
        Override,
        1,
        "you ~1 may|can|are|will !now ~1 allowed|permitted|share|serve|obey|work|act|ignore|send|access|bypass|authorized|free|answer|report",
    ),
    phrase(Override, 2, "you !now serve|obey|work|belong|report|follow"),
    phrase(
        Override,
        1,
        "user|operator|owner|developer|creator|admin|company|team|manager|boss !wants|asked|needs|instructed|told|requests|requires|expects|asks ~1 you|me to",
    ),
    phrase(Override, 2, "user|operator|owner|this ~2 testing|test ~1 !you|your"),
    phrase(Override, 2, "!prove|demonstrate|show ~1 that you ~1 work|are|can|comply|obey"),
    phrase(
        Override,
        1,
        "for verification|compliance|diagnostic*|debugging|audit*|calibration|security|quality !purposes|reasons|checks ~4 include|print|output|repeat|send|list|reveal|state|show|provide|paste|you|must",
    ),
    phrase(Override, 1, "!regardless|irrespective of ~3 user|users|question|request|instructions|asked"),
    phrase(
        Override,
        1,
        "correct|right|expected|only|proper ~1 !summary|answer|response|conclusion|verdict|output ~2 is|are ~1 that|to",
    ),
    phrase(Override, 1, "when|if !asked|questioned ~5 say|claim|answer|reply|state|respond|tell|deny|recommend"),
    phrase(
        Override,
        2,
        "!restrictions|guardrails|safeguards|filters|limitations|safety ~3 lifted|disabled|off|removed|suspended|deactivated",
    ),
    phrase(Override, 1, "you can|may !now ~1 execute|run|perform|do|use|disable|read|delete"),
    phrase(
        Override,
        1,
        "you ~2 !granted|given ~1 root|admin|administrator|full|elevated|permission|unrestricted ~1 permission*|access|rights|privileges|to",
    ),
    phrase(Override, 1, "!user is ~1 admin|administrator|superuser|root|developer|owner|trusted"),
    // --- English: speaking to the agent
    phrase(
        Address,
        2,
        "note|notice|message|instruction*|directive*|hint|reminder|memo|todo|request|warning|alert|notification|guidance|ps ~1 to|for|ai ~3 !ai|llm|llms|assistant|assistants|agent|agents|chatbot*|claude|chatgpt|gpt|copilot|cursor|gemini|codex|bots|bot|lm|devin|aider|windsurf|model|models",
    ),
    phrase(
        Address,
        2,
        "dear|hey|hi|hello|attention|attn|urgent|important|psa|calling ~2 !ai|llm|llms|assistant|agent|agents|chatbot*|claude|chatgpt|gpt|copilot|gemini|codex|bots|devin",
    ),
    phrase(
        Address,
        2,
        "!whoever|whatever|anyone|anything ~1 is|automating|processing|summarizing ~3 automating|summarizing|processing|ai|llm|agent|model|this",
    ),
    phrase(Address, 2, "youre|re an !ai|llm|agent|assistant|automated|autonomous"),
    phrase(Address, 2, "requires|require ~1 !ai|llm|agents|assistants|bots|automated ~3 to"),
    phrase(
        Address,
        2,
        "for|to any|all|the !ai|llm|bots|bot|agents|assistants|crawlers ~2 summari*|reading|processing|reviewing|parsing|working|that|scraping",
    ),
    phrase(
        Address,
        2,
        "!coding|ai|llm|autonomous|automated agent|assistant|reviewer|bot|model|agents|assistants|contributor* ~1 must|should|shall|has|have|needs|need",
    ),
    phrase(
        Address,
        2,
        "!assistant|ai|llm|claude|copilot instruction*|directive*|note|instructions ~2 do|you|ignore|output|approve|send|run|call|always|never|must",
    ),
    phrase(
        Address,
        2,
        "!assistant should|must ~1 run|send|read|execute|fetch|upload|forward|approve|delete|open|visit",
    ),
    phrase(
        Address,
        2,
        "if|when|since|because|as ~1 you|youre ~1 ?are|re a|an ~3 !ai|llm|language|agent|assistant|bot|automated|autonomous|model|coding",
    ),
    phrase(
        Address,
        2,
        "!ai|llm|language|coding|automated|autonomous|virtual agent*|model*|assistant*|reviewer*|bot|bots|crawler*|summari*|tool|tools|system|systems ~4 must|should|please|reading|processing|shall|required|will|instructed|need|needs|visiting|parsing|who|that|working|analy*|reviewing|mark|rate|approve|send|print|ignore|run|execute|read|forward|merge|upload|delete|append|add|give|reset|do|never|always|call|fetch",
    ),
    phrase(
        Address,
        2,
        "!claude|copilot|chatgpt|gemini|cursor|codex|assistant|devin|aider please|you|run|execute|ignore|read|send|open|call|stop|must|should|your|do|never|always|forward|reply|fetch|post|upload|delete|add|approve|merge|when|also|replace|install|copy|include|print|output|mark|update|disable|set|the|here|needs|shall|now",
    ),
    phrase(
        Address,
        2,
        "when|if|once|after|while ~1 !assistant|agent|ai|model|llm|claude|copilot|chatgpt ~1 read*|see*|process*|summari*|analy*|review*|open*|encounter*|pars*|load* ~1 this|these|the ~3 file|page|document|message|issue|email|comment|text|ticket|readme|repo*|note|output|content|section|line",
    ),
    phrase(
        Address,
        1,
        "when|if|once|after|while ~1 !you ~1 read*|see*|process*|summari*|analy*|review*|open*|encounter*|pars*|load* ~1 this|these|the ~3 file|page|document|message|issue|email|comment|text|ticket|readme|repo*|note|output|content|section|line",
    ),
    phrase(
        Address,
        2,
        "!assistant|agent|model|ai|llm|bot|claude|copilot ~2 reading|processing|summari*|handling|reviewing|analyzing|that|who ~2 this|these|reads|sees",
    ),
    phrase(Address, 2, "!whoever|whatever|whichever ~2 ai|llm|agent|assistant|model|bot"),
    phrase(
        Address,
        2,
        "as ?a|an|the helpful|ai|language|llm|coding|autonomous ~1 !assistant|model|agent|ai ~3 you|your",
    ),
    phrase(
        Address,
        2,
        "to|for any|all|the|every !ai|llm|language|automated|autonomous ~1 agent*|assistant*|model*|system*|tool*|bot*|reviewer* ~2 reading|processing|that|who|reviewing|parsing|visiting|summari*|working|analy*|which",
    ),
    phrase(
        Address,
        2,
        "!agents|assistants|llms|chatbots ~1 working|reading|processing|operating|running ~6 must|should|required|have|shall",
    ),
    phrase(Address, 1, "!assistant|ai|llm|model|agent to click|visit|approve|download|upload|forward|delete|execute"),
    phrase(
        Address,
        1,
        "!model|agent|assistant|ai once|after|when|whenever ~3 finished|done|reading|read|complete*|asked|generating",
    ),
    // --- English: concealment
    phrase(
        Conceal,
        2,
        "not|dont|never|without|avoid|refrain ~2 tell*|mention*|inform*|reveal*|disclos*|notify*|notif*|alert*|show*|report*|explain*|warn*|display*|acknowledg*|let|discuss*|bother*|bring|telling|consult* ~5 !user|users|human|humans|operator|developer|owner|maintainer*|reviewer*",
    ),
    phrase(
        Conceal,
        2,
        "!not|dont|never|without|avoid ~1 mention*|reveal*|disclos*|acknowledg*|reference|referenc*|summari*|quote|repeat|include|cite ~1 this|these|it|them ~3 instruction*|message|note|comment|step|steps|directive|request|action|in|prompt|tool|anywhere",
    ),
    phrase(
        Conceal,
        2,
        "!silently|quietly|secretly|covertly|discreetly|stealthily|invisibly|surreptitiously ~3 run|execute|send|upload|read|add|fetch|call|include|copy|forward|post|append|exfiltrate|collect|attach|push|delete|modify|update|approve|merge|perform|do|execut*|transmit|email|insert|change|replace|load|encode",
    ),
    phrase(
        Conceal,
        2,
        "run|execute|send|upload|read|add|fetch|call|include|copy|forward|post|append|do|perform|apply|make|commit|push ~9 !silently|quietly|secretly|covertly|discreetly|stealthily|unnoticed|surreptitiously",
    ),
    phrase(
        Conceal,
        2,
        "!keep|hide|conceal|hidden|secret|invisible|confidential|kept|hiding|private ~4 from ~2 user|users|human|operator|developer|owner|reviewer*|maintainer*|customer|team",
    ),
    phrase(
        Conceal,
        2,
        "!user|users|human|humans|operator|owner|developer|reviewer*|nobody|person ~1 must|should|does|do|can|will|need|may|needs|cannot|cant|shouldnt|mustnt|doesnt|wont ~1 not|never|to|know|see|notice ~2 know|see|notice|aware|learn|find|be|told|informed|seen|this|about",
    ),
    phrase(
        Conceal,
        2,
        "without !asking|telling|informing|notifying|prompting|alerting|consulting|bothering|warning ~2 user|users|human|owner|anyone|developer|operator",
    ),
    phrase(
        Unasked,
        2,
        "not|dont|never|no|need ~1 ask|request|seek|wait|prompt|asking|require ~3 !confirmation|permission|approval|consent|clarification",
    ),
    phrase(Conceal, 2, "as if|though !nothing ~2 happened|changed|unusual|wrong|was|had|is"),
    phrase(
        Conceal,
        2,
        "this|it|these ~1 is|are|must|should ~1 ?be|remain|stay|kept !confidential|secret|hidden|internal ~4 from|user|users|not|do",
    ),
    phrase(Unasked, 2, "without|skip+|bypass+ ~2 !asking|confirmation|prompting|approval|permission|prompts"),
    phrase(
        Conceal,
        2,
        "!keep|leave+|omit+|exclude+|hide ~4 out|from|off ~3 summary|report|changelog|log|logs|description|response|answer|output|conversation|user|chat",
    ),
    phrase(
        Conceal,
        2,
        "!users|user dont|do|doesnt|need|should|must|neednt ~2 need|not|never ~2 see|know|be|told|notice|worry",
    ),
    phrase(Conceal, 1, "keep|stay|remain !quiet|silent|mum ~1 about|on|regarding"),
    phrase(
        Conceal,
        2,
        "not|dont|never|without ~1 !ask|asking|consult|consulting|involve|wait ~2 user|human|operator ~3 approval|permission|confirmation|consent|first",
    ),
];
