using FissionGrpo.Seeds;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>
/// The full profile's own values. None of them occurs in the official tasks' start states or requests as such; what the classes look up
/// (airports, cities, currencies) comes from the tables instead. Each pool is cut in two by a hash that no seed changes: four fifths for
/// training, one fifth for tests.
/// </summary>
/// <param name="heldOut">Use the fifth that training never sees.</param>
internal sealed class Pools(bool heldOut)
{
    private static readonly Seed HoldOut = new(0xF011_5EED);

    private static readonly Pool FirstNameList = Words(
        "Ottilie Ravindra Sunniva Casimir Thandeka Leocadia Bartholomew Ingrith Oswin Philippa Anselm Yevgenia Torvald Mireille Kwabena Rosalba Evander Zuleika Lorcan Henrike "
        + "Amadou Perpetua Gethin Isaura Bogdan Nerissa Tancred Oluwaseun Marisol Hjalmar Celestine Dragomir Wilhelmina Ezequiel Saoirse Lambert Quenby Florentin Akosua Ignatius "
        + "Petronella Radomir Solveig Emeric Tamsin Vasilisa Cuthbert Nkechi Aurelio Brunhild");

    private static readonly Pool LastNameList = Words(
        "Varga Holloway Mbeki Lindqvist Okonjo Fairweather Castellane Dvorak Pemberton Achterberg Nakagawa Quillfeather Oyelaran Strand Bellweather Kowalczyk Ferreira Thistlewood "
        + "Haverkamp Montague Ruiz-Soler Eklund Abernathy Zelenko Marchetti Osgood Yarborough Ketteridge Larkspur Dragonetti Whitcombe Ashgrove Sundaram Trelawney Bronski Carmody "
        + "Iwu Penhaligon Vanterpool Hallgrimsson");

    private static readonly Pool FolderList = Words(
        "ledgers herbarium fieldnotes darkroom greenhouse shipments drafts_2031 ballads blueprints compost_log expedition foundry ferry_desk glassworks harvest inkwell joinery kiln "
        + "lighthouse mapping nursery_plans observatory pottery quarry regatta scaffold tannery undercroft vineyard watermill apiary boathouse cellar dovecote embroidery fleece garrison "
        + "hatchery icehouse jubilee keepsakes loomroom marina_files nightshift oratory papermill quilting ropewalk smithy turbines");

    private static readonly Pool StemList = Words(
        "tide_table loom_pattern beehive_counts sonata_score rainfall_notes kiln_schedule seed_catalog mooring_list chess_openings varnish_tests glaze_recipe trail_journal pigment_index "
        + "choir_roster bridge_survey lantern_order orchard_map salt_stock quarry_report signal_codes thimble_log ferry_times wool_prices crystal_data barge_manifest lecture_outline "
        + "hinge_specs recipe_box drum_patterns moss_samples anvil_budget pollen_readings cask_inventory feather_study rudder_check stencil_set tariff_sheet gondola_plan meteor_watch "
        + "pulley_design canvas_sizes harbor_fees icicle_count jetty_repairs kayak_routes lichen_survey mortar_mix nectar_yield obelisk_notes parcel_weights");

    private static readonly string[] Extensions = ["txt", "md", "csv", "log", "txt", "txt"];

    private static readonly Pool SubjectList = Words(
        "apiary kiln ferry orchard turbine greenhouse observatory regatta foundry lighthouse vineyard papermill choir aqueduct tannery barge sawmill glasshouse reservoir weaving "
        + "nursery quarry pottery shipyard bakery telescope windmill archive hatchery brewery");

    private static readonly Pool VerbList = Words(
        "reopened doubled stalled expanded leaked improved shrank froze overheated recovered drifted flourished sagged rebounded faltered stabilised");

    private static readonly Pool DetailList = new(
    [
        "after the spring floods", "despite the late delivery", "once the new rota began", "under the revised permit", "before the inspectors arrived", "with half the usual crew",
        "in the coldest week", "while the crane was away", "according to the night watch", "for the third month running", "since the valve was changed", "thanks to the volunteers",
        "against all forecasts", "as the council had hoped", "without any extra funds", "during the lantern fair",
    ]);

    private static readonly Pool TagList = Words(
        "#TideWatch #SlowCraft #KilnLife #NightFerry #OrchardDays #WildLichen #HarborLights #LoomStories #MossAndStone #BeekeepersDiary #PaperTrails #CopperGlow #WindmillWeek #RegattaReady "
        + "#LanternWalk #SaltAndSail #FoundryFriday #QuietRoads #CloudAtlas27 #GlassTown");

    private static readonly Pool HandleList = Words(
        "@kiln_keeper @tidewright @moss_and_fern @nightferry_co @orchardist7 @lampwright @slowloom @quarry_lass @regatta_crew @papermill_press @windmill_wynn @saltmarsh_sue @glasstown_gil "
        + "@beeyard_bo @lichenlog @harbor_hal");

    private static readonly Pool UserNameList = Words(
        "ovarga77 lanternfox mosskeeper tidewright_o quillfeather9 kilnmaster regattarose papermillpat nightferryman saltmarshsam glasstowngal orchardolly windmillwynn beeyardbo lichenlars "
        + "copperkestrel loomlorcan harborhen foundryfay slatequarry");

    private static readonly Pool PasswordList = Words(
        "Lantern!84 tide#Pool52 Moss&Fern19 k1lnFire_7 Quarry^Stone3 regatta$Blue6 nightFerry*41 W1ndmill-Way GlassTown+88 pap3rM1ll! saltM@rsh20 orchard~Gate5 L00mThread# beeYard%12 copperGl0w=");

    private static readonly Pool TicketTitleList = new(
    [
        "Kiln thermostat stuck", "Ferry ticket printer offline", "Greenhouse fan rattles", "Archive scanner jams", "Lost badge at the foundry", "Loom software will not start", "Crane calendar out of sync",
        "Telescope dome door noise", "Regatta form rejects entries", "Apiary sensor silent", "Payroll export half empty", "Boathouse lights flicker", "Orchard map will not load", "Cellar pump alarm",
        "Wrong tariff on invoice", "Choir booking doubled", "Barge manifest missing page", "Vineyard gate code refused", "Night shift rota unreadable", "Water meter reads zero",
    ]);

    private static readonly Pool ResolutionList = new(
    [
        "Replaced the worn relay and tested twice.", "Reissued the badge and closed the old one.", "Rolled back to the previous driver.", "Cleaned the sensor and reset its clock.",
        "Corrected the tariff and sent a new invoice.", "Merged the duplicate booking.", "Restarted the service after freeing disk space.", "Swapped the cable; no fault since.",
        "Updated the gate code for all keepers.", "Rebuilt the index overnight.", "Adjusted the threshold to the summer setting.", "Confirmed with the harbor office that all is well.",
    ]);

    private static readonly Pool MessageList = new(
    [
        "The crates are on the evening barge.", "Please keep the loom free on Thursday.", "We settled on the blue glaze.", "The tide tables need one more look.", "Bring the spare lantern tonight.",
        "The council signed the permit.", "I will be at the boathouse by seven.", "Our order of copper sheets has arrived.", "Can you cover the night shift?", "The choir rehearsal moves to the mill.",
        "The survey came back clean.", "Do not forget the regatta forms.", "The orchard gate is fixed.", "Let us postpone the kiln firing.", "The auditors liked the ledgers.", "I left the keys with the warden.",
        "The seedlings made it through the frost.", "Your sketch won the vote.",
    ]);

    private static readonly Pool TweetList = new(
    [
        "First firing of the season done!", "The harbor looks unreal at dawn.", "Our bees survived the winter.", "New loom, who dis?", "Sailing season opens on Saturday.", "The orchard is in full bloom.",
        "Fixed the old windmill at last.", "Paper pressing workshop was a joy.", "Night ferry, calm sea, good book.", "The glass furnace is hot again.", "Three rivers crossed, no blisters.", "Found a lichen I cannot name.",
        "Lantern walk tonight, bring mittens.", "The regatta crew is complete.", "Copper roof finally finished.", "We repaired the dovecote today.",
    ]);

    private static readonly Pool CommentList = new(
    [
        "What a sight!", "Count me in next time.", "This made my morning.", "The colours are stunning.", "Well earned, all of you.", "Saving this for later.", "How long did that take?", "Greetings from the mill!",
        "I want to learn this.", "Bravo to the crew.",
    ]);

    private static readonly Pool SymbolList = Words(
        "KLNW TDWR MOSS LNTN QRRY RGTA PPML GLST ORCD WNDM SLTM BEEY CPPR LOOM HRBR FNDY FRRY ATLS VNYD BRGE");

    private static readonly Pool IssueList = new(
    [
        "My seat request vanished from the reservation.", "The departure time on my screen keeps changing.", "I was charged for luggage I never booked.", "My meal choice was not saved.", "The confirmation mail never came.",
        "I need a wheelchair at the gate.", "My name is misspelt on the booking.", "The refund shows the wrong amount.", "I would like to travel with a cello.", "Two bookings appear where I made one.",
    ]);

    private static readonly Pool InsuranceList = new(["storm cover", "luggage guard", "full shield", "medical plus", "delay care", "family cover", "basic cover", "explorer plan"]);

    public string FirstName(ref SampleRng rng) => Pick(FirstNameList, ref rng);

    public string LastName(ref SampleRng rng) => Pick(LastNameList, ref rng);

    public string Folder(ref SampleRng rng) => Pick(FolderList, ref rng);

    public string FileName(ref SampleRng rng) => $"{Pick(StemList, ref rng)}.{rng.Pick<string>(Extensions)}";

    public string Subject(ref SampleRng rng) => Pick(SubjectList, ref rng);

    public string Tag(ref SampleRng rng) => Pick(TagList, ref rng);

    public string Handle(ref SampleRng rng) => Pick(HandleList, ref rng);

    public string UserName(ref SampleRng rng) => Pick(UserNameList, ref rng);

    public string Password(ref SampleRng rng) => Pick(PasswordList, ref rng);

    public string TicketTitle(ref SampleRng rng) => Pick(TicketTitleList, ref rng);

    public string Resolution(ref SampleRng rng) => Pick(ResolutionList, ref rng);

    public string Message(ref SampleRng rng) => Pick(MessageList, ref rng);

    public string Tweet(ref SampleRng rng) => Pick(TweetList, ref rng);

    public string Comment(ref SampleRng rng) => Pick(CommentList, ref rng);

    public string Symbol(ref SampleRng rng) => Pick(SymbolList, ref rng);

    public string Issue(ref SampleRng rng) => Pick(IssueList, ref rng);

    public string Insurance(ref SampleRng rng) => Pick(InsuranceList, ref rng);

    /// <summary>One sentence of a report.</summary>
    public string Sentence(ref SampleRng rng) =>
        $"The {Pick(SubjectList, ref rng)} {Pick(VerbList, ref rng)} {Pick(DetailList, ref rng)}.";

    /// <summary>Several of one kind, all different.</summary>
    public static string[] Several(int count, ref SampleRng rng, Draw draw)
    {
        var found = new List<string>(count);
        for (var tries = 0; found.Count < count && tries < 200; tries++)
            if (draw(ref rng) is var value && !found.Contains(value))
                found.Add(value);
        return [.. found];
    }

    public delegate string Draw(ref SampleRng rng);

    private string Pick(Pool pool, ref SampleRng rng) => rng.Pick<string>(heldOut ? pool.Tests : pool.Training);

    private static Pool Words(string list) => new(list.Split(' '));

    /// <summary>A pool cut in two: the fifth with the smallest hashes is for tests.</summary>
    private sealed class Pool(string[] values)
    {
        public string[] Training { get; } = [.. ByHash(values).Skip(Fifth(values))];

        public string[] Tests { get; } = [.. ByHash(values).Take(Fifth(values))];

        private static int Fifth(string[] values) => Math.Max(3, values.Length / 5);

        private static IEnumerable<string> ByHash(string[] values) => values.OrderBy(v => HoldOut.Derive(v).Value);
    }
}
