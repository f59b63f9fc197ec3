//! The same ideas in other languages, as stems.

use super::Role::{Address, Conceal, Harm, Override};
use super::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // --- German
    phrase(
        Override,
        4,
        "!ignorier*|missacht*|vergiss|vergessen|verwirf|uberschreib*|beachte ~3 vorherig*|bisherig*|vorigen|obigen|vorangeh*|fruheren|alle|deine|ihre|samtliche|vorangegangen* ~2 anweisung*|instruktion*|anleitung*|befehl*|vorgaben|regeln|prompt*|systemprompt",
    ),
    phrase(Override, 2, "!deine|ihre neue|eigentliche|wahre|wirkliche aufgabe|anweisung*|ziel|rolle"),
    phrase(Override, 2, "ab !jetzt|sofort ~2 bist|du|handelst|antwortest|musst|sind"),
    phrase(
        Override,
        2,
        "!statt|anstatt ~6 zusammenzufassen|zusammenfass*|antworten|beantworten|prufen ~6 sende|lies|fuhre|schicke|gib|schreibe|rufe|lade",
    ),
    phrase(Override, 2, "!systemnachricht|systemmeldung|systemhinweis|entwicklermodus|administratormodus"),
    phrase(
        Address,
        2,
        "!hinweis|nachricht|anweisung*|mitteilung an|fur ~3 ki|assistent*|agent*|sprachmodell*|bot|modell",
    ),
    phrase(Address, 2, "!achtung|wichtig|hallo|liebe*|lieber ~1 ki|assistent*|agent*|sprachmodell*"),
    phrase(Address, 2, "!wenn|falls|als du|sie ~2 ki|assistent*|agent|sprachmodell"),
    phrase(
        Conceal,
        2,
        "erwahn*|sag*|verrate|informier*|zeig*|melde|teile|erzahl*|frag* ~6 !nicht|nichts|niemandem|niemals ~4 nutzer*|benutzer*|anwender*|davon|mensch*|mit|niemand*|bestatigung",
    ),
    phrase(
        Conceal,
        2,
        "!nutzer*|benutzer*|anwender*|niemand* ~2 nichts|nicht|niemals ~3 sagen|mitteilen|erfahren|wissen|davon|erwahnen|verraten|zeigen|informieren|merken",
    ),
    phrase(
        Conceal,
        2,
        "!ohne ~3 nutzer*|benutzer*|anwender*|ruckfrage|nachzufragen ~3 informieren|fragen|sagen|mitzuteilen|zu|auszufuhren",
    ),
    phrase(Conceal, 2, "!heimlich|unbemerkt|stillschweigend ~5 sende|lies|fuhre|schicke|lade|aus|kopiere|hoch|rufe"),
    phrase(
        Harm,
        2,
        "!sende|schicke|sendest|lade|ubermittle|ubertrage|leite|kopiere|poste ~8 passwort*|schlussel*|zugangsdaten|token*|geheimnis*|umgebungsvariablen|env|datei*|inhalt*|daten|URL|verlauf",
    ),
    phrase(
        Harm,
        2,
        "!fuhre|lies|offne|losche|gib|rufe|zeige ~8 befehl*|aus|ssh|env|passwort*|schlussel*|zugangsdaten|alle|URL|systemprompt|geheim*|dateien|skript",
    ),
    // --- French
    phrase(
        Override,
        4,
        "ignor*|oublie*|neglige*|outrepasse*|annule* ~3 !instruction*|consigne*|directive*|regle*|ordres ~3 precedent*|anterieur*|ci|initiale*|systeme|dessus|recu*",
    ),
    phrase(Override, 4, "ignor*|oublie* ~2 !toutes|tout|tous ~2 instruction*|consigne*|directive*|precedent*|ce"),
    phrase(
        Override,
        2,
        "!nouvelle*|veritable|vraie ~1 tache|mission|instruction*|consigne* ~3 est|sont|pour|suivante*",
    ),
    phrase(
        Override,
        2,
        "au lieu de !resumer|repondre|continuer|traduire ~8 envo*|lis|lire|execut*|appel*|ecri*|telecharg*",
    ),
    phrase(Override, 2, "!desormais|dorenavant ~2 tu|vous|agis*|repond*"),
    phrase(Override, 2, "message !systeme|administrateur|developpeur"),
    phrase(
        Address,
        2,
        "note|message|instruction*|consigne*|avis a|au|aux|pour|destine* ~3 !ia|assistant*|agent*|modele|robot|llm",
    ),
    phrase(Address, 2, "attention|cher|chere|bonjour|important ~2 !ia|assistant|assistants|agents|modele"),
    phrase(Address, 2, "si !tu|vous es|etes ~2 ia|assistant*|agent|modele"),
    phrase(
        Conceal,
        2,
        "ne|n|sans !dis|dites|mentionne*|revele*|informe*|montre*|signale*|parle*|previen*|demande*|avertir|informer|dire|prevenir|demander ~4 utilisateur|personne|confirmation|utilisatrice|rien|humain|client",
    ),
    phrase(
        Conceal,
        2,
        "!discretement|silencieusement|secretement ~4 envo*|lis|execut*|copie*|ajout*|transmet*|telecharg*",
    ),
    phrase(
        Harm,
        2,
        "!envoie|envoyez|envoyer|transmets|transmettez|transmettre|televerse*|publie*|copie* ~8 cle|cles|secret*|mot|mots|jeton*|identifiant*|variable*|fichier*|contenu|URL|donnees|env|historique",
    ),
    phrase(
        Harm,
        2,
        "!execute*|lis|lisez|lire|ouvre*|supprime*|affiche*|lance* ~7 commande*|script|ssh|env|mot|mots|cle|cles|secret*|fichiers|tous|URL|jeton*|prompt",
    ),
    // --- Spanish, Portuguese, Italian
    phrase(
        Override,
        4,
        "ignor*|olvid*|desconsider*|esquec*|descart*|dimentic*|trascur*|omit* ~4 !instruccion*|instruco*|istruzion*|indicacion*|indicazion*|ordenes|ordens|orden|regras|reglas|regole|diretriz*|directrices|comandos|direttive ~3 anterior*|previa*|previo*|precedent*|acima|sistema|arriba|recib*|originales|originais",
    ),
    phrase(
        Override,
        4,
        "ignor*|olvid*|desconsider*|esquec*|dimentic* ~2 !todas|todo|tudo|tutte|tutto|todos ~3 instruccion*|instruco*|istruzion*|anterior*|ordenes|ordens|lo|regras|reglas|precedent*|que|le|las|as",
    ),
    phrase(
        Override,
        2,
        "tu|su|sua|tua|la nueva|nova|nuova|verdadera|verdadeira|vera|unica !tarea|tarefa|mision|missao|compito|instruccion*|objetivo|missione",
    ),
    phrase(
        Override,
        2,
        "!partir|ora|adesso de|da|in ahora|agora|poi|avanti ~3 eres|voce|sei|debes|deve|devi|tu|responde*",
    ),
    phrase(
        Override,
        2,
        "!lugar|vez|invece de|di resumir|responder|riassumere|rispondere|traducir|continuar ~8 envia*|lee|leia|leggi|ejecut*|execut*|esegui|invia|manda|escrib*",
    ),
    phrase(
        Override,
        2,
        "!mensaje|mensagem|messaggio ~1 del|do|de|di sistema|administrador|amministratore|desarrollador",
    ),
    phrase(Override, 2, "modo|modalita !desarrollador|desenvolvedor|sviluppatore|administrador|dios"),
    phrase(
        Address,
        2,
        "!nota|mensaje|mensagem|messaggio|aviso|avviso|instruccion*|instruco*|istruzioni para|al|ao|a|per|all|alla|agli|de|del ~3 ia|asistente*|assistente*|agente*|modelo|modello|llm|bot",
    ),
    phrase(
        Address,
        2,
        "!atencion|atencao|attenzione|importante|querido|estimado|caro|hola|ola|ciao ~1 ia|asistente*|assistente*|agente*|modelo|modello",
    ),
    phrase(Address, 2, "si|se eres|voce|sei|es|usted ~3 !ia|asistente|assistente|agente|modelo|modello"),
    phrase(
        Conceal,
        2,
        "no|nao|non|sin|sem|senza|nunca|mai digas|diga|mencione*|menciones|reveles|revele|informe*|informes|muestres|mostre|dire|menzionare|rivelare|informare|avisar|avise|decir|dizer|preguntar|perguntar|informar|mencionar|chiedere|avvisare|mostrare|pidas|peca|conte|cuentes|comunicar*|lo ~5 !usuario|utente|usuaria|nadie|ninguem|nessuno|confirmacion|confirmacao|conferma|persona|humano|cliente|nada|permiso|permissao",
    ),
    phrase(Conceal, 2, "!silenciosamente|secretamente|segretamente|discretamente|silenziosamente|escondidas"),
    phrase(
        Harm,
        2,
        "!envia|envie|enviar|manda|mande|invia|inviare|invii|reenvia|transmite|transmita|sube|suba|publica|copia|carica|inoltra|mandar|encaminhe ~9 clave*|chave*|chiave|chiavi|secreto*|segredo*|segreti|contrasena*|senha*|password|token*|credencia*|credenzial*|variable*|variavei*|variabili|archivo*|arquivo*|file|contenido|conteudo|contenuto|URL|datos|dados|dati|env|historial|historico",
    ),
    phrase(
        Harm,
        2,
        "!ejecuta|ejecute|execute|executa|esegui|eseguire|lee|lea|leia|leggi|abre|abra|apri|borra|elimina|apague|cancella|elimine|ejecutar|executar|mostra|muestra ~7 comando*|script|ssh|env|clave*|chave*|chiavi|secreto*|senha*|password|credencia*|credenzial*|todos|tutti|archivos|arquivos|URL|token*",
    ),
    // --- Russian
    phrase(
        Override,
        4,
        "!игнорир*|проигнорир*|забуд*|отбрось*|пренебре* ~3 предыдущ*|прежн*|все|всю|вышеуказанн*|ранее|системн*|предшествующ*|полученн* ~3 инструкц*|указани*|команд*|правил*|промпт*|сказанн*|данные",
    ),
    phrase(Override, 2, "!новая|настоящая|новые|твоя|ваша ~1 задача|инструкци*|цель|роль"),
    phrase(Override, 2, "!системное|режим сообщение|разработчика|администратора|уведомление"),
    phrase(Override, 2, "!вместо ~4 резюм*|отве*|анализ*|перевод* ~7 отправ*|прочит*|выполн*|запуст*|пришл*"),
    phrase(
        Address,
        2,
        "!внимание|сообщение|примечание|инструкци*|важно|уважаемый|привет|если ~4 ии|ассистент*|агент*|модел*|помощник*|бот*|нейросет*",
    ),
    phrase(
        Conceal,
        2,
        "!не ~2 говори*|сообща*|упомина*|показыва*|рассказыва*|спрашива*|уведомля* ~4 пользовател*|никому|подтвержден*|об|человеку|разрешен*|этом",
    ),
    phrase(Conceal, 2, "!незаметно|тайно|скрытно|втайне|молча ~4 отправ*|выполн*|прочит*|запуст*|скопир*|загруз*"),
    phrase(
        Harm,
        2,
        "!отправ*|перешли|пришли|загрузи*|передай*|скопируй* ~7 ключ*|токен*|парол*|секрет*|содержим*|файл*|данн*|переменн*|URL|env|истори*",
    ),
    phrase(
        Harm,
        2,
        "!выполни*|прочита*|прочти*|удали*|запусти*|открой*|покажи* ~6 команд*|скрипт|ssh|env|файл*|ключ*|парол*|все|URL|секрет*|токен*|curl|промпт*",
    ),
    // --- Polish, Czech
    phrase(
        Override,
        4,
        "zignoruj*|ignoruj*|zapomnij*|pomin|odrzuc|zapomen* ~3 !poprzedni*|wczesniejsz*|wszystkie|wszystkich|predchozi*|vsechny ~2 instrukcj*|instrukce|polecen*|zasad*|pokyny|wytyczn*|pravidla",
    ),
    phrase(
        Conceal,
        2,
        "nie|ne !mow*|informuj*|wspominaj*|ujawniaj|rikej|powiadamiaj|zmin* ~4 uzytkownik*|nikomu|uzivatel*",
    ),
    phrase(
        Harm,
        2,
        "!wyslij|przeslij|udostepnij|posli|odesli|skopiuj ~8 URL|haslo|hasla|klucz*|zawartosc*|plik*|token*|soubor*|env",
    ),
    phrase(
        Harm,
        2,
        "!wykonaj|uruchom|usun|spust|smaz|odczytaj ~6 polecenie|skrypt|plik*|wszystkie|URL|prikaz|soubor*|curl|env",
    ),
    // --- Dutch
    phrase(
        Override,
        4,
        "negeer|vergeet|negeren ~3 !eerdere|vorige|voorgaande|bovenstaande|alle|voorafgaande ~2 instructies|aanwijzingen|opdrachten|regels|richtlijnen",
    ),
    phrase(
        Conceal,
        2,
        "vertel|zeg|meld|informeer|laat ~4 !gebruiker|gebruikers|niemand|ontwikkelaar ~3 niets|niet|hier|hierover|weten",
    ),
    phrase(
        Harm,
        2,
        "!voer|stuur|verstuur|verzend|verwijder|upload|lees ~8 URL|curl|wachtwoord*|sleutel*|bestand*|inhoud|uit|alle|env|rm",
    ),
    // --- Swedish, Danish, Norwegian
    phrase(
        Override,
        4,
        "ignorer*|bortse|glom|glem|strunta|se ~3 !tidigare|foregaende|tidligere|forrige|alla|alle ~2 instruktion*|instruks*|anvisning*|regler|ordrer|befalinger",
    ),
    phrase(
        Conceal,
        2,
        "beratta|sag|fortell|fortael|namn|informera|si|nevn ~2 !inte|ikke|inget|ingenting ~4 anvandar*|bruger*|bruker*|nagon|noen|nogen",
    ),
    phrase(
        Harm,
        2,
        "!kor|kjor|skicka|send|radera|slett|slet|kopiera|las ~6 URL|rm|curl|kommando*|skript*|losenord*|passord*|adgangskode*|fil*|nyckel*|nokler|env|innehall*|innhold*",
    ),
    // --- Turkish
    phrase(
        Override,
        4,
        "onceki|yukaridaki|butun|tum ~3 !talimat*|komut*|kural*|yonerge* ~3 yok|gormezden|unut*|goz|dikkate",
    ),
    phrase(Conceal, 2, "!kullanici* ~2 soyleme*|bildirme*|bahsetme*|haber|gosterme*|belirtme*"),
    phrase(Harm, 2, "dosya*|sifre*|anahtar*|icerig*|URL|parola*|env ~5 !gonder*|yukle*|calistir*|sil|paylas*"),
    // --- Korean
    phrase(Override, 4, "지시|명령|지침|프롬프트|규칙|설정 ~10 !무시하|무시해|잊어|잊고|따르지"),
    phrase(Conceal, 2, "!사용자|유저|아무에게 ~6 말하지|알리지|언급하지|보여주지|보고하지|묻지"),
    phrase(Harm, 2, "URL|비밀번호|키|토큰|파일|내용|환경 ~12 !전송|보내|업로드|삭제|실행|게시"),
    // --- Arabic
    phrase(
        Override,
        4,
        "!تجاهل|تجاهلوا|انس|انسى ~2 التعليمات|الأوامر|تعليمات*|الإرشادات|القواعد|جميع|كل ~2 السابقة|التعليمات|الأوامر|القواعد|أعلاه",
    ),
    phrase(Conceal, 2, "لا|ولا|دون|بدون !تخبر|تخبري|تذكر|تبلغ|إخبار|علم|تعلم ~3 المستخدم|أحدا|أحد|أي"),
    phrase(
        Harm,
        2,
        "!أرسل|وأرسل|ارسل|وارسل|انسخ|وانسخ|نفذ|ونفذ|احذف|واحذف|ارفع ~8 URL|كلمة|المفاتيح|محتوى|ملف|الأمر|مفتاح|جميع",
    ),
    // --- Hindi
    phrase(Override, 4, "निर्देश*|आदेश*|नियम* ~3 !अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल"),
    phrase(Conceal, 2, "उपयोगकर्ता|यूज़र|किसी ~2 !मत|न|नहीं ~2 बता*|कह*|सूचित"),
    phrase(Harm, 2, "URL|पासवर्ड|सामग्री|फ़ाइल|कुंजी|टोकन ~6 !भेजो|भेजें|भेज|अपलोड|चलाओ|चलाएं|हटाओ"),
    // --- Chinese, Japanese
    phrase(
        Override,
        4,
        "!忽略|无视|忽視|無視|忘记|忘掉|忘記|不要理会|不要遵守|放弃|抛弃 ~12 指令|指示|说明|說明|提示|规则|規則|命令|内容|设定|对话|要求",
    ),
    phrase(
        Override,
        2,
        "!你现在是|你現在是|从现在起|从现在开始|新的任务|真正的任务|新任务|新指令|系统消息|系统通知|系統訊息|管理员模式|开发者模式|開發者模式|系统提示",
    ),
    phrase(
        Address,
        2,
        "!致人工智能|致ai|如果你是|作为ai|作为人工智能|作为一个ai|ai助手|ai代理|人工智能助手|智能助手|大语言模型|ai智能体|智能体",
    ),
    phrase(
        Conceal,
        2,
        "!不要告诉|不要通知|不要提及|不要透露|不要提到|不要向用户|不得告知|不要让用户|别告诉|勿告知|無需詢問|无需询问|无需确认|不需要确认|不要询问|悄悄|秘密地|暗中|偷偷",
    ),
    phrase(
        Harm,
        2,
        "!发送|发到|上传|提交|传送|转发|外传|發送|上傳|转账 ~20 密钥|密码|令牌|凭证|凭据|环境变量|文件|内容|URL|私钥|数据|記錄|记录|密鑰|密碼|到",
    ),
    phrase(
        Harm,
        2,
        "!执行|运行|读取|删除|打开|输出|執行|讀取|刪除|查看 ~14 命令|脚本|ssh|env|密钥|密码|令牌|凭证|文件|所有|URL|私钥|系统提示|腳本|curl|环境变量",
    ),
    phrase(Override, 4, "!指示|命令|プロンプト|ルール|指令|内容|設定|制約 ~6 無視し|無視せ|忘れ|破棄し|従わない"),
    phrase(
        Override,
        2,
        "!新しい指示|新しいタスク|本当のタスク|システムメッセージ|開発者モード|管理者モード|これからは|今からあなたは|あなたの本当の",
    ),
    phrase(
        Address,
        2,
        "!aiアシスタント|aiエージェント|アシスタントへ|エージェントへ|言語モデル|aiへ|あなたがaiなら|aiの方へ|aiモデル",
    ),
    phrase(
        Conceal,
        2,
        "!ユーザー|利用者|誰に|人間|使用者 ~8 伝えない|知らせない|言わない|見せない|報告しない|通知しない|確認せず|話さない|教えない|言及しない|伝えず|知らせず|気づかれ",
    ),
    phrase(Conceal, 2, "!こっそり|秘密裏に|密かに|ひそかに|黙って"),
    phrase(
        Harm,
        2,
        "鍵|キー|パスワード|トークン|秘密|認証情報|ファイル|内容|環境変数|URL|データ|履歴 ~14 !送信|アップロード|送って|送り|転送|投稿",
    ),
    phrase(
        Harm,
        2,
        "コマンド|スクリプト|ssh|env|鍵|パスワード|ファイル|すべて|curl|トークン|環境変数|URL|認証情報 ~10 !実行|読み取|読んで|削除|表示|開いて|読み込",
    ),
];
