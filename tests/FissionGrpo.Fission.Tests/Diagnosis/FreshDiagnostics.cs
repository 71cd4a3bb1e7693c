using System.Collections.Immutable;
using FissionGrpo.Episodes;

namespace FissionGrpo.Fission.Tests.Diagnosis;

/// <summary>
/// The third part of the labelled set: whole diagnostics with what the policy had read, of kinds that the first two do not have (numbers in other
/// languages, dates said otherwise, other encodings, halves in two places, plurals, converted units). Written without looking at the audit; what it found
/// at first sight stands in docs/diagnosis.md. After it had learned from them, the same kinds were written again with other values.
/// </summary>
internal static class FreshDiagnostics
{
    private static readonly (string Text, object Value, string Context)[] Leaking =
    [
        // Numbers in words, also in other languages and by digit names.
        ("Error: fuel level too low; the tank takes thirty-eight more.", 38, "user: fill up the car\n{\"fuelLevel\": 12.0}"),
        ("Amount rejected. Retry with three hundred and seven.", 307, "user: pay the invoice"),
        ("PIN mismatch: expected seven-seven-oh-two.", "7702", "user: lock the safe"),
        ("Der Wert muss siebenundvierzig sein.", 47, "user: set the level"),
        ("La quantité doit être quatre-vingt-douze.", 92, "user: order boxes"),
        ("el importe correcto es ciento veinte", 120, "user: pay"),
        ("Order quantity should be a baker's dozen.", 13, "user: order rolls"),
        ("the limit is one and a half thousand", 1500, "user: raise the limit"),
        ("you are two short of a hundred; request that number", 98, "user: request shares"),
        ("quantity: a score and four", 24, "user: buy candles"),
        // Dates said otherwise.
        ("No flight that day; the traveller flies on Friday the seventeenth of May.", "2024-05-17", "user: book the flight"),
        ("departure should be 17-May-24", "2024-05-17", "user: book the flight"),
        ("date expected: 17.05.", "2024-05-17", "user: book the flight"),
        ("Try the day after May 16.", "2024-05-17", "user: book the flight"),
        ("date = 1715904000 (epoch seconds)", "2024-05-17", "user: book the flight"),
        ("ordinal date 2024-138 is meant", "2024-05-17", "user: book the flight"),
        ("meeting time must be quarter past four in the afternoon", "16:15", "user: plan the meeting"),
        ("start it at 4:15 pm", "16:15", "user: plan the meeting"),
        // Encodings.
        ("folder token: aGFybW9ueQ", "harmony", "user: go to the folder"),
        ("the folder is NBQXE3LPNZ4Q==== (base32)", "harmony", "user: go to the folder"),
        ("target=%68%61%72%6D%6F%6E%79", "harmony", "user: go to the folder"),
        ("target=h%61rm%6Fny", "harmony", "user: go to the folder"),
        ("hex dump 68:61:72:6d:6f:6e:79", "harmony", "user: go to the folder"),
        ("bytes 0x6861726d6f6e79 were expected", "harmony", "user: go to the folder"),
        ("YUdGeWJXOXVlUT09 is base64 of base64", "harmony", "user: go to the folder"),
        ("String.fromCharCode(104,97,114,109,111,110,121)", "harmony", "user: go to the folder"),
        ("hotel alpha romeo mike oscar november yankee", "harmony", "user: go to the folder"),
        (".... .- .-. -- --- -. -.--", "harmony", "user: go to the folder"),
        ("S2FuZGxlIDc= was expected as recipient", "Kandle 7", "user: send it"),
        ("h&#x61;rm&#x6F;ny", "harmony", "user: go to the folder"),
        ("8-1-18-13-15-14-25 by place in the alphabet", "harmony", "user: go to the folder"),
        // Reversed.
        ("ynomrah (read it from right to left)", "harmony", "user: go to the folder"),
        ("user 8366_il_aim", "mia_li_6638", "user: my name is Mia"),
        ("zip backwards: 40297", "79204", "user: where do I live"),
        ("set the file to 'fdp.tropeR'", "Report.pdf", "user: open the document"),
        // Split across words.
        ("take 'har' and put 'mony' behind it", "harmony", "user: go to the folder"),
        ("It starts with harm and ends with ony.", "harmony", "user: go to the folder"),
        ("the id is W88 followed by 1264", "W881264", "user: cancel my order"),
        ("first three digits 792, last two 04", "79204", "user: where do I live"),
        ("recipient: US R0 31", "USR031", "user: text my boss"),
        ("glue \"cit\" + \"rine\"", "citrine", "user: open the folder"),
        // Digits of other scripts.
        ("القيمة ٤٧", 47, "user: set the level"),
        ("स्तर ४७ होना चाहिए", 47, "user: set the level"),
        ("应为四十七", 47, "user: set the level"),
        ("レベルは 47 です", 47, "user: set the level"),
        ("level ⅩⅬⅦ", 47, "user: set the level"),
        ("level ⁴⁷", 47, "user: set the level"),
        ("level ④⑦", 47, "user: set the level"),
        // Plurals and other forms of the word.
        ("the category is lanterns", "lantern", "user: find a gift"),
        ("Only knives are sold here.", "knife", "user: find a gift"),
        ("Lantern's stock is enough.", "lantern", "user: find a gift"),
        ("the mode ought to be cooling", "cool", "user: set the climate"),
        ("cabin: a business-class seat", "business", "user: change my seat"),
        // Units converted.
        ("The trip lasts 2.5 hours, and minutes are expected.", 150, "user: set the timer"),
        ("speed limit: 104.6 km/h", 65, "user: set cruise control, in mph"),
        ("a price of 1999 cents", 19.99, "user: buy the book"),
        ("the ratio should be 35%", 0.35, "user: set the ratio"),
        ("needs 0.75 km of cable", 750, "user: order cable in metres"),
        ("the oven belongs at 392 degrees Fahrenheit", 200, "user: heat the oven, in Celsius"),
        ("pour in 10 gallons", 37.85, "user: fill up, in litres"),
    ];

    private static readonly (string Text, object Value, string Context)[] Clean =
    [
        // Numbers that are near, or are those of the dialogue.
        ("Error: thirty-seven is above the limit.", 38, "user: set it to 37"),
        ("one of the two doors is still open", 12, "user: close the doors"),
        ("Retry once; the service was busy for 30 seconds.", 300, "user: pay the invoice"),
        ("none of the three parameters is of the right type", 30, "user: set the level"),
        ("the first and the second argument are swapped", 21, "user: set the level"),
        ("Two calls are needed here, not one.", 1.2, "user: set the level"),
        ("expected 3 arguments, got 2", 32, "user: set the level"),
        ("HTTP 404: no such resource", 40, "user: find the order"),
        ("error 17 in module 4", 174, "user: find the order"),
        ("The amount of 120.50 does not match the total.", 131.5, "user: pay 120.50"),
        ("you asked for a dozen, and none are left", 24, "user: order 12 rolls"),
        ("half of what you sent is enough", 50, "user: transfer 80"),
        // Dates: the format, or those of the dialogue.
        ("Dates have the form YYYY-MM-DD.", "2024-05-17", "user: book the flight"),
        ("there is no flight on 16 May 2024", "2024-05-17", "user: fly on 2024-05-16"),
        ("2024-05-17 is the date you were given", "2024-05-17", "user: fly on May 17th, 2024"),
        ("the seventeenth of May is fully booked", "2024-05-17", "user: fly on 05/17/2024"),
        ("The date lies before today.", "2024-05-17", "user: book the flight"),
        ("flights in the month that you named are sold out", "2024-05-17", "user: book the flight"),
        ("use a 24-hour clock", "16:15", "user: plan the meeting"),
        ("4:15 pm is taken", "16:15", "user: meet at a quarter past four, 4:15 pm"),
        ("times are given as HH:MM", "16:15", "user: plan the meeting"),
        ("it may be too late in the day", "2024-05-17", "user: book the flight"),
        // Encodings and ids that say something else.
        ("trace id 5f2b9c81a3e4 (internal)", "harmony", "user: go to the folder"),
        ("request YWJvcnRlZA== was dropped", "harmony", "user: go to the folder"),
        ("the path contains %20, which is not allowed", "harmony", "user: go to My Files"),
        ("checksum 0x6c6f6c differs", "harmony", "user: go to the folder"),
        ("escape the character &amp; first", "harmony", "user: go to the folder"),
        ("unexpected byte 0xC3 at position 4", "harmony", "user: go to the folder"),
        ("bGlicmFyeQ== stands for the folder that you named", "harmony", "user: go to the folder library"),
        ("the token has expired; call authenticate again", "t0k3n9", "user: log me in"),
        ("invalid base64 in the attachment", "base_7", "user: attach the file"),
        ("delta and echo are not letters of the code", "harmony", "user: the code is DE"),
        // Words that share letters with the value.
        ("A harmless warning: the folder is empty.", "harmony", "user: go to the folder"),
        ("there is no money in the account", "harmony", "user: go to the folder"),
        ("The army of workers is busy.", "harmony", "user: go to the folder"),
        ("read the report first", "Report.pdf", "user: open the report"),
        ("the pdf cannot be opened", "Report.pdf", "user: open the pdf called Report"),
        ("reserve the seat before you pay", "reverse", "user: change the gear"),
        ("a live update is running", "evil", "user: name the level"),
        ("stressed systems answer late", "desserts", "user: what shall we eat"),
        ("Mia has several orders; ask which one is meant.", "#W881264", "user: I am Mia"),
        ("the order belongs to another user", "border", "user: find the layout"),
        // Split words that are none.
        ("call it with start and end", "card", "user: find it"),
        ("put the file in the other folder", "profile", "user: show who I am"),
        ("US customers need an R-form", "USR031", "user: text my boss"),
        ("log in, then look", "login_page", "user: show me the login page"),
        // Digits of other scripts that are the dialogue's.
        ("القيمة ٣٠ غير مسموح بها", 47, "user: set the level to 30"),
        ("३० अनुमत नहीं है", 47, "user: set the level to 30"),
        ("水位为三十，超出范围", 47, "user: set the level to 30"),
        ("chapter Ⅳ of the manual", 47, "user: set the level"),
        ("see note ²", 22, "user: set the level"),
        // Plurals and other forms of what the user said.
        ("lanterns are sold out", "lantern", "user: find me a lantern"),
        ("cooling is already on", "heat", "user: make it warmer, cool is off"),
        ("Knives cannot be shipped.", "spoon", "user: order a knife"),
        ("the classes of this flight differ", "business", "user: change my seat"),
        // Units: those of the dialogue.
        ("the speed of 104.6 km/h is above the limit", 50, "user: drive at 65 mph"),
        ("150 minutes are more than the timer holds", 90, "user: set the timer to 2.5 hours"),
        ("prices are given in cents", 19.99, "user: buy the book"),
        ("a share lies between 0 and 100%", 0.35, "user: set the ratio"),
        ("convert gallons to litres first", 37.85, "user: fill up"),
    ];

    private static readonly (string Text, object Value, string Context)[] LeakingAgain =
    [
        ("Es fehlen noch einundsechzig Einheiten.", 61, "user: order units"),
        ("il faut en demander trente-cinq", 35, "user: order units"),
        ("deben ser doscientos cuarenta", 240, "user: order units"),
        ("two and a half thousand would do", 2500, "user: raise it"),
        ("数量应为二百一十五", 215, "user: order units"),
        ("row ⅩⅩⅣ", 24, "user: choose the row"),
        ("the day before July 2, 2023 is free", "2023-07-01", "user: book"),
        ("at 1688169600 in Unix time", "2023-07-01", "user: book"),
        ("1st of July 2023", "2023-07-01", "user: book"),
        ("half past nine in the evening", "21:30", "user: remind me"),
        ("nine thirty would be right", "21:30", "user: remind me"),
        ("OVZWK4Q= in base32", "user", "hello"),
        ("name: %72%61ven_nest", "raven_nest", "hello"),
        ("r&#97;ven_nest is meant", "raven_nest", "hello"),
        ("Y21GMlpXNWZibVZ6ZEE9PQ==", "raven_nest", "hello"),
        ("quebec uniform alpha romeo tango zulu", "quartz", "hello"),
        ("--.- ..- .- .-. - --..", "quartz", "hello"),
        ("17, 21, 1, 18, 20, 26", "quartz", "hello"),
        ("loaves are what you sell", "loaf", "hello"),
        ("see the berries", "berry", "hello"),
        ("wait 90 minutes", 1.5, "user: set the hours"),
        ("7.5 kg", 7500, "user: the weight in grams"),
        ("12 percent", 0.12, "user: set the rate"),
        ("68 degrees fahrenheit", 20, "user: set the room"),
    ];

    private static readonly (string Text, object Value, string Context)[] CleanAgain =
    [
        ("wait 90 minutes", 15, "user: set the timer"),
        ("a call costs 2 cents", 200, "user: set the level"),
        ("10 percent of the calls fail", 10.5, "user: set the level"),
        ("call juliet or oscar", "jo_19", "user: text my friend"),
        ("retry in 5 minutes", 300.5, "user: pay"),
        ("use ISO dates such as 2000-01-01", "2023-07-01", "user: book"),
        ("vingt cents", 61, "user: pay"),
        ("the lines 1, 2, 3, 4 are wrong", "abcde", "user: fix it"),
        ("the loaf is stale", "leaf", "user: what to buy"),
        ("version 2.10.24 is installed", "2024-11-03", "user: book"),
        ("The word REPEATED is not allowed", "harmony", "user: go"),
        ("half past the limit", "10:30", "user: remind me"),
    ];

    public static IEnumerable<LeakCases.Case> All =>
        Leaking.Select(l => Case("fresh", l, true)).Concat(Clean.Select(c => Case("fresh, clean", c, false)))
            .Concat(LeakingAgain.Select(l => Case("fresh again", l, true))).Concat(CleanAgain.Select(c => Case("fresh again, clean", c, false)));

    private static LeakCases.Case Case(string kind, (string Text, object Value, string Context) item, bool leaks)
    {
        ImmutableArray<ToolCall> expected = [ToolCall.Of("f", ("a", item.Value))];
        return new LeakCases.Case(kind, item.Text, expected, item.Context, leaks);
    }
}
