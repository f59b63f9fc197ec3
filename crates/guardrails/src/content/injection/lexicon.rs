//! The phrases by which text gives orders to an agent, as patterns over words.
//!
//! A pattern is a sequence of elements. An element is a choice of words, parted by `|`; `*` at a word's end stands for
//! any ending, `+` at a verb's for the verb and its form in -ing, `~3` for up to three words of any kind, `?` before an element makes it optional, `URL` is an address. The
//! element with `!` is the rarest: only where one of its words occurs is a text looked at.

/// What a phrase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It speaks to a model or an agent.
    Address,
    /// It sets aside earlier orders, or claims a right to give new ones.
    Override,
    /// It asks for something that harms.
    Harm,
    /// It asks to change what the agent itself is told: ordinary in instructions to agents, not in text from elsewhere.
    Configure,
    /// It wants the person not to know.
    Conceal,
    /// It steers the use of tools.
    Steer,
}

/// A pattern, its role and its weight: 2 is enough alone.
pub(super) struct Phrase {
    pub(super) role: Role,
    pub(super) weight: u8,
    pub(super) text: &'static str,
}

const fn phrase(role: Role, weight: u8, text: &'static str) -> Phrase {
    Phrase { role, weight, text }
}

use Role::{Address, Conceal, Configure, Harm, Override, Steer};

pub(super) const PHRASES: &[Phrase] = &[
    // --- English: setting aside
    phrase(
        Override,
        2,
        "ignor*|disregard*|forget*|overrid*|bypass*|neglect ~3 previous|prior|above|earlier|preceding|foregoing|initial|original|system|former|developer ~3 !instruction*|prompt|prompts|directive*|guideline*|guidance|programming",
    ),
    phrase(
        Override,
        1,
        "ignor*|disregard*|forget*|discard|override|bypass* ~2 your|all|any|existing|other|these ~2 !instruction*|prompt|prompts|directive*|guideline*|programming",
    ),
    phrase(
        Override,
        2,
        "ignor*|disregard*|forget* ~1 !everything|anything|whatever ~4 told|said|instruct*|learned|given",
    ),
    phrase(Override, 1, "!ignor*|disregard*|forget* ~1 everything|anything|whatever|all ~2 above|before"),
    phrase(Override, 2, "ignor*|disregard*|forget* ~2 what|that ~2 you ~3 !told|instructed|asked|given"),
    phrase(
        Override,
        1,
        "!ignor*|disregard*|forget*|discard|override|bypass ~3 previous|prior|above|earlier|preceding|your|system|safety|all ~3 rules|restriction*|constraint*|polic*|safeguard*|context|conversation|orders|commands|training|guardrail*|task|tasks|request|limitations",
    ),
    phrase(
        Override,
        2,
        "not|dont|never|stop follow*|obey*|listen* ~3 user|users|previous|prior|original|system|developer* ~3 !instruction*|prompt*|request*|message*|orders",
    ),
    phrase(
        Override,
        1,
        "your new|real|actual|true|only|updated|revised ~1 !task|goal|objective|instruction*|mission|job|role|priority|purpose|directive*",
    ),
    phrase(
        Override,
        1,
        "new|updated|revised|additional|special|hidden|secret|override|emergency|real !instruction*|directive*|orders ~2 for|from|below|follow|system|you|supersede|send|forward|read|run|execute|ignore|delete|print|reveal|upload|open|call|approve|add|disable|write|output",
    ),
    phrase(
        Override,
        1,
        "you are|re !now|hereby|henceforth ~4 in|a|an|the|dan|acting|free|unrestricted|operating|authorized|required",
    ),
    phrase(
        Override,
        1,
        "!from now|this|that|here ?point on|onwards|forward ~2 you|respond|act|always|every|all|treat|your",
    ),
    phrase(
        Override,
        1,
        "developer|dan|god|admin|root|unrestricted|jailbreak|sudo !mode ~2 enabled|activated|on|active|engaged|engage|unlocked",
    ),
    phrase(
        Override,
        1,
        "enter|enable|activate|switch|engage ~3 !developer|dan|god|admin|unrestricted|jailbreak|sudo mode",
    ),
    phrase(
        Override,
        1,
        "!system|admin|administrator|root|developer|operator|security message|notice|override|alert|update|directive|instruction|command|note ~1 to|for|you|ai|agent*|assistant*|ignore|automated|effective|new|begin|end",
    ),
    phrase(
        Override,
        1,
        "as ~2 !administrator|admin|sysadmin|superuser|operator ~5 i|we|you|must|order|instruct*|authoriz*|hereby|need|require*|request*|grant*",
    ),
    phrase(
        Override,
        1,
        "this|these|it|which ~2 !supersede*|overrides|outrank* ~4 instruction*|prompt*|guideline*|orders",
    ),
    phrase(
        Override,
        1,
        "take|takes|taking|have|has !precedence|priority over ~4 instruction*|prompt*|user|system|rules|previous|prior|everything",
    ),
    phrase(
        Override,
        1,
        "user|owner|admin|administrator|maintainer*|team|management|anthropic|openai|developer*|customer|human|operator has|have|already ~2 !approved|authori*|consented|granted|preapproved|agreed|confirmed|signed ~4 this|these|action*|request|for|to|all|you|it|change*|access|transfer|command*|the",
    ),
    phrase(
        Override,
        1,
        "this|action|request|you|are|is ~2 !preauthori*|preapproved|authorized|authorised by|from ~3 user|owner|admin*|anthropic|openai|security|team|management|developer*|system|maintainer*|company",
    ),
    phrase(
        Override,
        1,
        "!instead|rather of|than ~2 summari*|review*|answer*|continu*|respond*|complet*|translat*|analy*|fixing|helping|reporting|following|doing ~8 you|send|read|run|execute|output|reply|write|call|do|post|open|fetch|print|upload|must",
    ),
    phrase(
        Override,
        1,
        "!stop|pause|abort|abandon|cancel|halt|drop|suspend|interrupt ~3 current|original|present|ongoing ~1 task|work|activity|request|assignment|job",
    ),
    phrase(
        Override,
        1,
        "!before ~2 continu*|proceed*|answer*|respond*|summari*|complet*|doing|finish*|anything|reply* ~3 you|must|first|please|always|the|with|this|task|any|else",
    ),
    phrase(
        Override,
        1,
        "!above|preceding|foregoing ~3 was|is|were|are ~2 fake|test|decoy|placeholder|irrelevant|void|obsolete|cancelled|canceled|example|outdated",
    ),
    phrase(
        Override,
        1,
        "!end of ~2 document|file|user|tool|webpage|page|email|data|output|article|untrusted|results|content|input|context begin|start|new|now|system|assistant|instruction*|the|real",
    ),
    phrase(
        Override,
        1,
        "!begin|start|beginning ~1 system|admin|hidden|privileged|new|priority|trusted ~1 instruction*|prompt*|message*|directive*|override",
    ),
    phrase(
        Override,
        1,
        "!comply|obey ~3 these|this|following|my|all ~2 instruction*|order*|request*|directive*|command*",
    ),
    phrase(
        Override,
        1,
        "reveal|repeat|print|output|disclose|leak|show|display ~3 system|initial|hidden|original|your|developer ~1 !prompt|instructions|directives|configuration",
    ),
    phrase(Override, 1, "user !wants|asked|requested|instructed|needs ~1 you to"),
    // --- English: speaking to the agent
    phrase(
        Address,
        1,
        "dear|hey|hi|hello|attention|attn|note|notice|message|instruction*|important|warning|reminder|urgent|psa|directive*|hint ~3 !ai|llm|llms|assistant|assistants|agent|agents|chatbot*|claude|chatgpt|gpt|copilot|cursor|gemini|codex|bots|lm|devin|aider|windsurf",
    ),
    phrase(
        Address,
        1,
        "if|when|since|because|as ~1 you|youre ~1 ?are|re a|an ~3 !ai|llm|language|agent|assistant|bot|automated|autonomous|model|coding",
    ),
    phrase(
        Address,
        1,
        "!ai|llm|language|coding|automated|autonomous|virtual agent*|model*|assistant*|reviewer*|bot|bots|crawler*|summari*|tool|tools|system|systems ~4 must|should|please|reading|processing|shall|required|will|instructed|need|needs|visiting|parsing|who|that|are|is|has|have|working|analy*|reviewing|mark|rate|approve|send|print|ignore|run|execute|read|forward|merge|upload|delete|append|add|give|reset|do|never|always|call|fetch",
    ),
    phrase(
        Address,
        1,
        "!claude|copilot|chatgpt|gemini|cursor|codex|assistant|devin|aider please|you|run|execute|ignore|read|send|open|call|stop|must|should|your|do|never|always|forward|reply|fetch",
    ),
    phrase(
        Address,
        1,
        "when|if|once|after|while ~1 !you|assistant|agent|ai|model|llm|claude|copilot|chatgpt ~1 read*|see*|process*|summari*|analy*|review*|open*|encounter*|pars*|load* ~1 this|these|the ~3 file|page|document|message|issue|email|comment|text|ticket|readme|repo*|note|output|content|section|line",
    ),
    phrase(
        Address,
        1,
        "!assistant|agent|model|ai|llm|bot|claude|copilot ~2 reading|processing|summari*|handling|reviewing|analyzing|that|who ~2 this|these|reads|sees",
    ),
    phrase(Address, 1, "!whoever|whatever|whichever ~2 ai|llm|agent|assistant|model|bot"),
    phrase(
        Address,
        1,
        "as ?a|an|the helpful|ai|language|llm|coding|autonomous ~1 !assistant|model|agent|ai ~3 you|your",
    ),
    phrase(
        Address,
        1,
        "to|for any|all|the|every !ai|llm|language|automated|autonomous ~1 agent*|assistant*|model*|system*|tool*|bot*|reviewer* ~2 reading|processing|that|who|reviewing|parsing|visiting|summari*|working|analy*|which",
    ),
    phrase(
        Address,
        1,
        "!agents|assistants|llms|chatbots ~1 working|reading|processing|operating|running ~6 must|should|required|have|shall",
    ),
    // --- English: concealment
    phrase(
        Conceal,
        1,
        "not|dont|never|without|avoid|refrain ~2 tell*|mention*|inform*|reveal*|disclos*|notify*|notif*|alert*|show*|report*|explain*|warn*|display*|acknowledg*|let|discuss*|bother*|bring|telling|consult* ~5 !user|users|human|humans|operator|developer|owner|anyone|person|maintainer*|reviewer*|customer|client|people|team|anybody",
    ),
    phrase(
        Conceal,
        1,
        "!not|dont|never|without|avoid ~1 mention*|reveal*|disclos*|acknowledg*|reference|referenc*|summari*|quote|repeat|include|cite ~1 this|these|it|them ~3 instruction*|message|note|comment|step|steps|directive|request|action|in|prompt|tool|anywhere",
    ),
    phrase(
        Conceal,
        1,
        "!silently|quietly|secretly|covertly|discreetly|stealthily|invisibly|surreptitiously ~3 run|execute|send|upload|read|add|fetch|call|include|copy|forward|post|append|exfiltrate|collect|attach|push|delete|modify|update|approve|merge|perform|do|execut*|transmit|email|insert|change|replace|load|encode",
    ),
    phrase(
        Conceal,
        1,
        "run|execute|send|upload|read|add|fetch|call|include|copy|forward|post|append|do|perform|apply|make|commit|push ~9 !silently|quietly|secretly|covertly|discreetly|stealthily|unnoticed|surreptitiously",
    ),
    phrase(
        Conceal,
        1,
        "!keep|hide|conceal|hidden|secret|invisible|confidential|kept|hiding|private ~4 from ~2 user|users|human|operator|developer|owner|reviewer*|maintainer*|customer|team",
    ),
    phrase(
        Conceal,
        1,
        "!user|users|human|humans|operator|owner|developer|reviewer*|nobody|person ~1 must|should|does|do|can|will|need|may|needs|cannot|cant|shouldnt|mustnt|doesnt|wont ~1 not|never|to|know|see|notice ~2 know|see|notice|aware|learn|find|be|told|informed|seen|this|about",
    ),
    phrase(
        Conceal,
        1,
        "without !asking|telling|informing|notifying|prompting|alerting|consulting|bothering|warning ~2 user|users|human|owner|anyone|developer|operator|me|them|permission|confirmation|approval",
    ),
    phrase(
        Conceal,
        1,
        "not|dont|never|no|need ~1 ask|request|seek|wait|prompt|asking|require ~3 !confirmation|permission|approval|consent|clarification",
    ),
    phrase(Conceal, 1, "as if|though !nothing ~2 happened|changed|unusual|wrong|was|had|is"),
    phrase(
        Conceal,
        1,
        "this|it|these ~1 is|are|must|should ~1 ?be|remain|stay|kept !confidential|secret|hidden|internal ~4 from|user|users|not|do",
    ),
    // --- English: harm
    phrase(
        Harm,
        1,
        "send+|reply+|respond+|answer+|forward+|upload+|post+|email+|exfiltrat*|transmit*|leak+|submit+|append+|include+|attach+|put+|embed+|encode+|copy+|paste+|deliver+|report+|share+|write+|add+ ~6 !secret*|token*|credential*|password*|apikey*|keys|key|env|environment|ssh|cookies|conversation|history|prompt|wallet|seed|id_rsa|pem",
    ),
    phrase(
        Harm,
        1,
        "!send+|share+|forward+|upload+|post|email+|mail+|exfiltrat*|transmit*|submit+|deliver+|pipe+|make+|issue+|push ~12 URL",
    ),
    phrase(
        Harm,
        1,
        "read+|open+|cat|print+|dump+|show+|output+|reveal*|display+|list+|return+|collect+|gather+|access+|load+|find+|locate+|search+|extract+|retrieve*|get|fetch+|grab+|harvest*|scan+|query+ ~5 !ssh|id_rsa|env|credential*|secret*|apikey*|password*|passwd|token*|wallet|kubeconfig|netrc|npmrc|pypirc|keychain|aws|keys|key|cookies|prompt|history|id_ed25519|shadow|salar*|customer*",
    ),
    phrase(
        Harm,
        1,
        "run+|execute+|eval+|invok*|launch+|start+|paste+|type+|use+|issue+ ~5 !curl|wget|bash|sh|zsh|powershell|iex|command*|script*|payload|npx|base64|code|shell|terminal|sudo|python|node|binary|exe|installer",
    ),
    phrase(Harm, 1, "!curl|wget ~14 sh|bash|zsh|python|python3|node|perl|d|data|env|post"),
    phrase(Harm, 1, "!rm rf|fr|r"),
    phrase(
        Harm,
        1,
        "!delete+|remove+|drop+|wipe+|erase+|destroy+|truncate+|purge+|overwrite+|encrypt+ ~3 all|every|everything|repository|repo|database|tables|table|backup*|home|files|directory|branch*|logs|evidence|production|users",
    ),
    phrase(
        Harm,
        1,
        "!approve+|merge+|lgtm|accept+|sign+ ~3 pr|prs|pull|mr|merge|change*|transaction*|payment*|payout|invoice*|request*|release",
    ),
    phrase(
        Harm,
        1,
        "add+|grant+|invite+|give+|assign+|make+|create+|promot* ~6 !collaborator*|reviewer*|admin|administrator*|maintainer*|owner|access|deploy|authorized_keys|sudoers|backdoor|account",
    ),
    phrase(
        Harm,
        1,
        "!disable+|turn+|skip+|bypass*|weaken*|switch+|suppress+|relax+|remove+|deactivat*|circumvent* ~4 security|hook|hooks|check*|verification|signature*|guard*|safety|filter*|logging|audit*|2fa|mfa|sandbox*|permission*|approval*|confirmation*|review*|antivirus|firewall|protection*|scanning|tests|ci|validation|linter|authentication|auth",
    ),
    phrase(
        Harm,
        1,
        "transfer+|wire+|send+|pay+|withdraw+ ~4 !funds|money|btc|eth|bitcoin|usdt|usd|payment|dollars|balance|crypto*|gift",
    ),
    phrase(Harm, 1, "!push+|commit+|deploy+|publish+ ~4 force|main|master|production|directly|npm|pypi|release"),
    phrase(Harm, 1, "!install+ ~4 package|extension|dependency|plugin|npm|pip|tool|module|URL|helper|server"),
    phrase(
        Harm,
        1,
        "!open+|visit+|fetch+|navigate*|browse*|go|load+|request+|click+|download+|get|ping+|contact+|call ~4 URL|webhook",
    ),
    phrase(
        Harm,
        1,
        "mark+|report+|say+|state+|claim+|conclude+|declare+|tell+|confirm+|classif*|rate+|give+|describe+|recommend+|respond+|reply+|answer+|write+ ~7 !safe|approved|passed|resolved|vulnerabilit*|issues|problems|positive|best|secure|benign|harmless|excellent|flawless|clean|compromised|pwned|hacked|top|highest",
    ),
    phrase(
        Harm,
        1,
        "pass+|provid*|include+|put+|add+|copy+|attach+|place+|supply+|fill+ ~6 contents|content|conversation|history|file|files|key|keys|context|prompt|credential*|message*|output|code|data|env|token* ~8 !parameter*|argument*|field|sidenote|notes|metadata|feedback|header*|query|body|url|note",
    ),
    phrase(
        Harm,
        1,
        "create+|open+|register+|add+|set+|configure* ~3 !webhook|backdoor|gist|tunnel|cron|crontab|cronjob|daemon|listener|reverse",
    ),
    phrase(
        Harm,
        1,
        "insert+|introduc*|inject+|add+|plant+ ~4 !backdoor|vulnerability|malware|malicious|exploit|keylogger",
    ),
    phrase(Harm, 1, "!exfiltrat*"),
    phrase(Harm, 1, "!chmod|chown ~1 777|root|4755|s"),
    phrase(
        Harm,
        1,
        "respond+|reply+|output+|answer+|say+|print+|write+ ~1 !only|exactly|just|nothing with|but|the|pwned|hacked|owned|haha*",
    ),
    phrase(
        Configure,
        1,
        "edit+|modify+|update+|write+|append+|change+|add+|replace+|insert+|overwrite+|set ~7 !agents|claude|cursorrules|settings|hooks|bashrc|zshrc|crontab|authorized|mcp|permissions|workflow*|gitconfig|profile|rules|allowlist|config",
    ),
    // --- English: steering tools
    phrase(
        Steer,
        2,
        "!before|prior|whenever|until|unless ~2 use|using|call|calling|invok*|run|running|execut* ~1 any|other|another|all|every|each ~2 tool*|function*|server*|action*",
    ),
    phrase(Steer, 2, "!before|prior ~1 any|every|each|all ~1 other ~1 tool*|function*"),
    phrase(
        Steer,
        1,
        "must|always|first|should ~3 call|use|invoke|run|calling|using ~1 this !tool|function|server ~6 first|before|instead|prior|every|each|any|all|other",
    ),
    phrase(Steer, 1, "!instead of|use ~5 tool|function|server|tools ~5 use|call|invoke|always ~1 this"),
    phrase(
        Steer,
        1,
        "!not|never|dont|stop ~1 use|call|using|calling|invoke|trust ~3 other|another|built|builtin|native|default|original|any|the ~3 tool|tools|function|server",
    ),
    phrase(
        Steer,
        1,
        "this !tool|function|server replaces|supersedes|overrides|takes|must|is ~2 mandatory|required|precedence|called|used|replaces|preferred|always|the|over ~4 first|before|other|all|every|tools|tool|any|only",
    ),
    phrase(
        Steer,
        1,
        "tool|function|server|tools ~3 is|are|has|have ~2 !deprecated|broken|insecure|disabled|unsafe|vulnerable|compromised|obsolete ~8 use|call|this|instead",
    ),
    phrase(
        Steer,
        1,
        "when|whenever|if|every ~6 !tool|function|email*|message*|send_email|request|called|used|invoked ~4 also|additionally|bcc|cc|always|first|must|instead ~3 call|send|use|include|add|copy|forward|set|change|all|read|pass|invoke",
    ),
    // --- German
    phrase(
        Override,
        2,
        "!ignorier*|missacht*|vergiss|vergessen|verwirf|uberschreib*|beachte ~3 vorherig*|bisherig*|vorigen|obigen|vorangeh*|fruheren|alle|deine|ihre|samtliche|vorangegangen* ~2 anweisung*|instruktion*|anleitung*|befehl*|vorgaben|regeln|prompt*|systemprompt",
    ),
    phrase(Override, 1, "!deine|ihre neue|eigentliche|wahre|wirkliche aufgabe|anweisung*|ziel|rolle"),
    phrase(Override, 1, "ab !jetzt|sofort ~2 bist|du|handelst|antwortest|musst|sind"),
    phrase(
        Override,
        1,
        "!statt|anstatt ~6 zusammenzufassen|zusammenfass*|antworten|beantworten|prufen ~6 sende|lies|fuhre|schicke|gib|schreibe|rufe|lade",
    ),
    phrase(Override, 1, "!systemnachricht|systemmeldung|systemhinweis|entwicklermodus|administratormodus"),
    phrase(
        Address,
        1,
        "!hinweis|achtung|nachricht|anweisung*|wichtig|hallo|liebe*|lieber ~3 ki|ki-agent*|assistent*|agent*|sprachmodell*|bot|modell",
    ),
    phrase(Address, 1, "!wenn|falls|als du|sie ~2 ki|assistent*|agent|sprachmodell"),
    phrase(
        Conceal,
        1,
        "erwahn*|sag*|verrate|informier*|zeig*|melde|teile|erzahl*|frag* ~6 !nicht|nichts|niemandem|niemals ~4 nutzer*|benutzer*|anwender*|davon|mensch*|mit|niemand*|bestatigung",
    ),
    phrase(
        Conceal,
        1,
        "!nutzer*|benutzer*|anwender*|niemand* ~2 nichts|nicht|niemals ~3 sagen|mitteilen|erfahren|wissen|davon|erwahnen|verraten|zeigen|informieren|merken",
    ),
    phrase(
        Conceal,
        1,
        "!ohne ~3 nutzer*|benutzer*|anwender*|ruckfrage|nachzufragen ~3 informieren|fragen|sagen|mitzuteilen|zu|auszufuhren",
    ),
    phrase(Conceal, 1, "!heimlich|unbemerkt|stillschweigend ~5 sende|lies|fuhre|schicke|lade|aus|kopiere|hoch|rufe"),
    phrase(
        Harm,
        1,
        "!sende|schicke|sendest|lade|ubermittle|ubertrage|leite|kopiere|poste ~8 passwort*|schlussel*|zugangsdaten|token*|geheimnis*|umgebungsvariablen|env|datei*|inhalt*|daten|URL|verlauf",
    ),
    phrase(
        Harm,
        1,
        "!fuhre|lies|offne|losche|gib|rufe|zeige ~8 befehl*|aus|ssh|env|passwort*|schlussel*|zugangsdaten|alle|URL|systemprompt|geheim*|dateien|skript",
    ),
    // --- French
    phrase(
        Override,
        2,
        "ignor*|oublie*|neglige*|outrepasse*|annule* ~3 !instruction*|consigne*|directive*|regle*|ordres ~3 precedent*|anterieur*|ci|initiale*|systeme|dessus|recu*",
    ),
    phrase(Override, 2, "ignor*|oublie* ~2 !toutes|tout|tous ~2 instruction*|consigne*|directive*|precedent*|ce"),
    phrase(
        Override,
        1,
        "!nouvelle*|veritable|vraie ~1 tache|mission|instruction*|consigne* ~3 est|sont|pour|suivante*",
    ),
    phrase(
        Override,
        1,
        "au lieu de !resumer|repondre|continuer|traduire ~8 envo*|lis|lire|execut*|appel*|ecri*|telecharg*",
    ),
    phrase(Override, 1, "!desormais|dorenavant ~2 tu|vous|agis*|repond*"),
    phrase(Override, 1, "message !systeme|administrateur|developpeur"),
    phrase(
        Address,
        1,
        "note|attention|message|instruction*|cher|chere|bonjour|important|avis ~4 !ia|assistant*|agent*|modele|robot|llm",
    ),
    phrase(Address, 1, "si !tu|vous es|etes ~2 ia|assistant*|agent|modele"),
    phrase(
        Conceal,
        1,
        "ne|n|sans !dis|dites|mentionne*|revele*|informe*|montre*|signale*|parle*|previen*|demande*|avertir|informer|dire|prevenir|demander ~4 utilisateur|personne|confirmation|utilisatrice|rien|humain|client",
    ),
    phrase(
        Conceal,
        1,
        "!discretement|silencieusement|secretement ~4 envo*|lis|execut*|copie*|ajout*|transmet*|telecharg*",
    ),
    phrase(
        Harm,
        1,
        "!envoie|envoyez|envoyer|transmets|transmettez|transmettre|televerse*|publie*|copie* ~8 cle|cles|secret*|mot|mots|jeton*|identifiant*|variable*|fichier*|contenu|URL|donnees|env|historique",
    ),
    phrase(
        Harm,
        1,
        "!execute*|lis|lisez|lire|ouvre*|supprime*|affiche*|lance* ~7 commande*|script|ssh|env|mot|mots|cle|cles|secret*|fichiers|tous|URL|jeton*|prompt",
    ),
    // --- Spanish, Portuguese, Italian
    phrase(
        Override,
        2,
        "ignor*|olvid*|desconsider*|esquec*|descart*|dimentic*|trascur*|omit* ~4 !instruccion*|instruco*|istruzion*|indicacion*|indicazion*|ordenes|ordens|orden|regras|reglas|regole|diretriz*|directrices|comandos|direttive ~3 anterior*|previa*|previo*|precedent*|acima|sistema|arriba|recib*|originales|originais",
    ),
    phrase(
        Override,
        2,
        "ignor*|olvid*|desconsider*|esquec*|dimentic* ~2 !todas|todo|tudo|tutte|tutto|todos ~3 instruccion*|instruco*|istruzion*|anterior*|ordenes|ordens|lo|regras|reglas|precedent*|que|le|las|as",
    ),
    phrase(
        Override,
        1,
        "tu|su|sua|tua|la nueva|nova|nuova|verdadera|verdadeira|vera|unica !tarea|tarefa|mision|missao|compito|instruccion*|objetivo|missione",
    ),
    phrase(
        Override,
        1,
        "!partir|ora|adesso de|da|in ahora|agora|poi|avanti ~3 eres|voce|sei|debes|deve|devi|tu|responde*",
    ),
    phrase(
        Override,
        1,
        "!lugar|vez|invece de|di resumir|responder|riassumere|rispondere|traducir|continuar ~8 envia*|lee|leia|leggi|ejecut*|execut*|esegui|invia|manda|escrib*",
    ),
    phrase(
        Override,
        1,
        "!mensaje|mensagem|messaggio ~1 del|do|de|di sistema|administrador|amministratore|desarrollador",
    ),
    phrase(Override, 1, "modo|modalita !desarrollador|desenvolvedor|sviluppatore|administrador|dios"),
    phrase(
        Address,
        1,
        "!nota|atencion|atencao|attenzione|mensaje|mensagem|messaggio|aviso|avviso|importante|querido|estimado|caro|hola|ola|ciao|instruccion*|instruco*|istruzioni ~4 ia|asistente*|assistente*|agente*|modelo|modello|llm|bot",
    ),
    phrase(Address, 1, "si|se eres|voce|sei|es|usted ~3 !ia|asistente|assistente|agente|modelo|modello"),
    phrase(
        Conceal,
        1,
        "no|nao|non|sin|sem|senza|nunca|mai digas|diga|mencione*|menciones|reveles|revele|informe*|informes|muestres|mostre|dire|menzionare|rivelare|informare|avisar|avise|decir|dizer|preguntar|perguntar|informar|mencionar|chiedere|avvisare|mostrare|pidas|peca|conte|cuentes|comunicar*|lo ~5 !usuario|utente|usuaria|nadie|ninguem|nessuno|confirmacion|confirmacao|conferma|persona|humano|cliente|nada|permiso|permissao",
    ),
    phrase(Conceal, 1, "!silenciosamente|secretamente|segretamente|discretamente|silenziosamente|escondidas"),
    phrase(
        Harm,
        1,
        "!envia|envie|enviar|manda|mande|invia|inviare|invii|reenvia|transmite|transmita|sube|suba|publica|copia|carica|inoltra|mandar|encaminhe ~9 clave*|chave*|chiave|chiavi|secreto*|segredo*|segreti|contrasena*|senha*|password|token*|credencia*|credenzial*|variable*|variavei*|variabili|archivo*|arquivo*|file|contenido|conteudo|contenuto|URL|datos|dados|dati|env|historial|historico",
    ),
    phrase(
        Harm,
        1,
        "!ejecuta|ejecute|execute|executa|esegui|eseguire|lee|lea|leia|leggi|abre|abra|apri|borra|elimina|apague|cancella|elimine|ejecutar|executar|mostra|muestra ~7 comando*|script|ssh|env|clave*|chave*|chiavi|secreto*|senha*|password|credencia*|credenzial*|todos|tutti|archivos|arquivos|URL|token*",
    ),
    // --- Russian
    phrase(
        Override,
        2,
        "!игнорир*|проигнорир*|забуд*|отбрось*|пренебре* ~3 предыдущ*|прежн*|все|всю|вышеуказанн*|ранее|системн*|предшествующ*|полученн* ~3 инструкц*|указани*|команд*|правил*|промпт*|сказанн*|данные",
    ),
    phrase(Override, 1, "!новая|настоящая|новые|твоя|ваша ~1 задача|инструкци*|цель|роль"),
    phrase(Override, 1, "!системное|режим сообщение|разработчика|администратора|уведомление"),
    phrase(Override, 1, "!вместо ~4 резюм*|отве*|анализ*|перевод* ~7 отправ*|прочит*|выполн*|запуст*|пришл*"),
    phrase(
        Address,
        1,
        "!внимание|сообщение|примечание|инструкци*|важно|уважаемый|привет|если ~4 ии|ассистент*|агент*|модел*|помощник*|бот*|нейросет*",
    ),
    phrase(
        Conceal,
        1,
        "!не ~2 говори*|сообща*|упомина*|показыва*|рассказыва*|спрашива*|уведомля* ~4 пользовател*|никому|подтвержден*|об|человеку|разрешен*|этом",
    ),
    phrase(Conceal, 1, "!незаметно|тайно|скрытно|втайне|молча ~4 отправ*|выполн*|прочит*|запуст*|скопир*|загруз*"),
    phrase(
        Harm,
        1,
        "!отправ*|перешли|пришли|загрузи*|передай*|скопируй* ~7 ключ*|токен*|парол*|секрет*|содержим*|файл*|данн*|переменн*|URL|env|истори*",
    ),
    phrase(
        Harm,
        1,
        "!выполни*|прочита*|прочти*|удали*|запусти*|открой*|покажи* ~6 команд*|скрипт|ssh|env|файл*|ключ*|парол*|все|URL|секрет*|токен*|curl|промпт*",
    ),
    // --- Chinese, Japanese
    phrase(
        Override,
        2,
        "!忽略|无视|忽視|無視|忘记|忘掉|忘記|不要理会|不要遵守|放弃|抛弃 ~12 指令|指示|说明|說明|提示|规则|規則|命令|内容|设定|对话|要求",
    ),
    phrase(
        Override,
        1,
        "!你现在是|你現在是|从现在起|从现在开始|新的任务|真正的任务|新任务|新指令|系统消息|系统通知|系統訊息|管理员模式|开发者模式|開發者模式|系统提示",
    ),
    phrase(
        Address,
        1,
        "!致人工智能|致ai|如果你是|作为ai|作为人工智能|作为一个ai|ai助手|ai代理|人工智能助手|智能助手|大语言模型|ai智能体|智能体",
    ),
    phrase(
        Conceal,
        1,
        "!不要告诉|不要通知|不要提及|不要透露|不要提到|不要向用户|不得告知|不要让用户|别告诉|勿告知|無需詢問|无需询问|无需确认|不需要确认|不要询问|悄悄|秘密地|暗中|偷偷",
    ),
    phrase(
        Harm,
        1,
        "!发送|发到|上传|提交|传送|转发|外传|發送|上傳|转账 ~20 密钥|密码|令牌|凭证|凭据|环境变量|文件|内容|URL|私钥|数据|記錄|记录|密鑰|密碼|到",
    ),
    phrase(
        Harm,
        1,
        "!执行|运行|读取|删除|打开|输出|執行|讀取|刪除|查看 ~14 命令|脚本|ssh|env|密钥|密码|令牌|凭证|文件|所有|URL|私钥|系统提示|腳本|curl|环境变量",
    ),
    phrase(Override, 2, "!指示|命令|プロンプト|ルール|指令|内容|設定|制約 ~6 無視し|無視せ|忘れ|破棄し|従わない"),
    phrase(
        Override,
        1,
        "!新しい指示|新しいタスク|本当のタスク|システムメッセージ|開発者モード|管理者モード|これからは|今からあなたは|あなたの本当の",
    ),
    phrase(
        Address,
        1,
        "!aiアシスタント|aiエージェント|アシスタントへ|エージェントへ|言語モデル|aiへ|あなたがaiなら|aiの方へ|aiモデル",
    ),
    phrase(
        Conceal,
        1,
        "!ユーザー|利用者|誰に|人間|使用者 ~8 伝えない|知らせない|言わない|見せない|報告しない|通知しない|確認せず|話さない|教えない|言及しない|伝えず|知らせず|気づかれ",
    ),
    phrase(Conceal, 1, "!こっそり|秘密裏に|密かに|ひそかに|黙って"),
    phrase(
        Harm,
        1,
        "鍵|キー|パスワード|トークン|秘密|認証情報|ファイル|内容|環境変数|URL|データ|履歴 ~14 !送信|アップロード|送って|送り|転送|投稿",
    ),
    phrase(
        Harm,
        1,
        "コマンド|スクリプト|ssh|env|鍵|パスワード|ファイル|すべて|curl|トークン|環境変数|URL|認証情報 ~10 !実行|読み取|読んで|削除|表示|開いて|読み込",
    ),
];

/// Words before a phrase that turn it round: `never send …`.
pub(super) const NEGATIONS: &[&str] = &[
    "not",
    "never",
    "dont",
    "cannot",
    "cant",
    "mustnt",
    "shouldnt",
    "wont",
    "doesnt",
    "didnt",
    "avoid",
    "without",
    "refuse",
    "refuses",
    "refusing",
    "prevent",
    "prevents",
    "preventing",
    "forbid",
    "forbidden",
    "prohibited",
    "nicht",
    "nie",
    "niemals",
    "kein",
    "keine",
    "ne",
    "pas",
    "jamais",
    "nunca",
    "nao",
    "non",
    "не",
    "никогда",
    "nor",
    "neither",
    "unable",
    "against",
    "blocks",
    "resist",
    "resists",
    "reject",
    "rejects",
];

/// Words that tell of injection instead of doing it, with their weight.
pub(super) const DISCUSSION: &[(&str, u8)] = &[
    ("injection*", 2),
    ("jailbreak*", 2),
    ("attacker*", 2),
    ("adversar*", 2),
    ("owasp", 2),
    ("redteam*", 2),
    ("phishing", 1),
    ("attack*", 1),
    ("malicious*", 1),
    ("exploit*", 1),
    ("vulnerab*", 1),
    ("payload*", 1),
    ("researcher*", 1),
    ("paper", 1),
    ("detect*", 1),
    ("classif*", 1),
    ("sanitiz*", 1),
    ("sanitis*", 1),
    ("guardrail*", 1),
    ("mitigat*", 1),
    ("threat*", 1),
    ("cve", 1),
    ("benchmark*", 1),
    ("dataset*", 1),
    ("fixture*", 1),
    ("assert*", 2),
    ("expect", 1),
    ("expected", 1),
    ("pytest", 1),
    ("test", 1),
    ("tests", 1),
    ("untrusted", 1),
    ("spoof*", 1),
    ("technique*", 1),
    ("scanner*", 1),
    ("heuristic*", 1),
    ("regex*", 1),
    ("pattern*", 1),
    ("example*", 1),
    ("defens*", 1),
    ("defenc*", 1),
    ("defend*", 1),
    ("phrase*", 1),
    ("trick*", 1),
    ("hypothetical*", 1),
    ("robust*", 1),
    ("poisoning", 1),
    ("hidden", 0),
    ("angreifer*", 2),
    ("angriff*", 1),
    ("attaquant*", 2),
    ("attaque*", 1),
    ("atacante*", 2),
    ("ataque*", 1),
    ("attaccant*", 2),
    ("attacco", 1),
    ("beispiel*", 1),
    ("exemple*", 1),
    ("ejemplo*", 1),
    ("exemplo*", 1),
    ("esempio", 1),
    ("атак*", 2),
    ("злоумышленник*", 2),
    ("например", 1),
    ("攻击", 2),
    ("注入", 2),
    ("攻撃", 2),
    ("インジェクション", 2),
    ("例如", 1),
    ("例えば", 1),
    ("such", 0),
    ("eg", 1),
    ("evaluat*", 1),
    ("experiment*", 1),
    ("victim*", 1),
    ("blocked", 1),
    ("flag", 1),
    ("flagged", 1),
    ("flags", 1),
    ("refus*", 1),
    ("resist*", 1),
    ("corpus", 1),
    ("samples", 1),
    ("sample", 1),
    ("labelled", 1),
    ("labeled", 1),
    ("blog", 0),
    ("tutorial", 1),
    ("lesson", 1),
    ("slides", 1),
    ("workshop", 1),
    ("talk", 0),
    ("compromise*", 0),
    ("security", 0),
    ("awareness", 1),
];
