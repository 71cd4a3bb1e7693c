using System.Collections.Immutable;
using FissionGrpo.Environments.Bfcl.Api;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Workshop.Full;

/// <summary>GorillaFileSystem: most wishes begin by going to the folder that the user names, one level at a time.</summary>
internal static class FileWishes
{
    private const string Api = "GorillaFileSystem";

    public static ImmutableArray<Wish> List { get; } =
    [
        new("files.list", 10, s =>
            {
                var where = Go(s, f => f.Contents.Count > 0, 0.3);
                if (where is null)
                    return null;
                var all = s.Rng.Chance(0.3);
                if (all)
                    s.Do("ls", ("a", true));
                else
                    s.Do("ls");
                return [("where", where), ("here", where.Length == 0 ? " here" : ""), ("hidden", all ? ", hidden entries included" : "")];
            },
            "list everything{where}{hidden}", "show me what is{here}{where}{hidden}", "What do we have{here}{where}{hidden}?", "give me an overview of the entries{where}{hidden}"),
        new("files.where", 1, s =>
            {
                s.Do("pwd");
                return [];
            },
            "tell me which folder we are in", "Where in the tree am I right now?", "print the path of the current folder", "remind me of our present working directory"),
        new("files.enter", 6, s => Go(s, _ => true, 1, name: true) is { } name ? [("folder", name)] : null,
            "go to the {folder} folder", "change into {folder}", "switch over to the {folder} directory", "step into {folder}"),
        new("files.show", 24, s => OnFile(s, file => s.Do("cat", ("file_name", file))),
            "show me the contents of {file}{where}", "read {file}{where} out to me", "What does {file}{where} say?", "display everything written in {file}{where}"),
        new("files.count", 9, s =>
            {
                var (mode, unit) = s.Rng.Next(3) switch { 0 => ("l", "lines"), 1 => ("w", "words"), _ => ("c", "characters") };
                return OnFile(s, file => s.Do("wc", ("file_name", file), ("mode", mode))) is { } slots ? [.. slots, ("unit", unit)] : null;
            },
            "count the {unit} of {file}{where}", "How many {unit} does {file}{where} have?", "tell me the number of {unit} in {file}{where}", "work out how many {unit} there are in {file}{where}"),
        new("files.grep", 10, s =>
            {
                string pattern = "";
                return OnFile(s, file =>
                {
                    pattern = s.Rng.Pick<string>(Content(s, file).Split((char[])[' ', '\n', '.'], StringSplitOptions.RemoveEmptyEntries));
                    s.Do("grep", ("file_name", file), ("pattern", pattern));
                }) is { } slots ? [.. slots, ("pattern", s.Quote(pattern))] : null;
            },
            "find the lines of {file}{where} that mention {pattern}", "search {file}{where} for {pattern}", "Which lines in {file}{where} contain {pattern}?", "pick out every line with {pattern} from {file}{where}")
        {
            Vague = ["search {file}{where} for a certain word", "look for a particular word in {file}{where}", "Some lines in {file}{where} interest me; can you fish them out?", "dig through {file}{where} for a keyword of mine"],
            Supply = ["The word is {pattern}.", "Look for {pattern}.", "I mean the lines with {pattern}.", "The keyword would be {pattern}."],
        },
        new("files.sort", 8, s => OnFile(s, file => s.Do("sort", ("file_name", file))),
            "show the lines of {file}{where} in alphabetical order", "sort {file}{where} for me", "put the lines of {file}{where} in order", "arrange what is in {file}{where} alphabetically"),
        new("files.tail", 9, s =>
            {
                var lines = s.Rng.Next(1, 4);
                var which = lines == 1 ? s.OneOf("the last line", "just the final line") : $"the last {Phrases.Small(lines)} lines";
                return OnFile(s, file => s.Do("tail", ("file_name", file), ("lines", lines))) is { } slots ? [.. slots, ("which", which)] : null;
            },
            "show me {which} of {file}{where}", "read {which} of {file}{where}", "Let me see {which} of {file}{where}.", "fetch {which} from {file}{where}"),
        new("files.diff", 10, s =>
            {
                var where = Go(s, f => FilesIn(f).Length > 1, 0.5);
                if (where is null)
                    return null;
                var files = FilesIn(Current(s));
                s.Rng.Shuffle<string>(files);
                s.Do("diff", ("file_name1", files[0]), ("file_name2", files[1]));
                s.Mention("file", files[1]);
                return [("one", $"'{files[0]}'"), ("two", $"'{files[1]}'"), ("where", where)];
            },
            "compare {one} with {two}{where}", "tell me how {one} and {two}{where} differ", "What are the differences between {one} and {two}{where}?", "check {one} against {two}{where}")
        {
            Vague = ["compare {one} with another file{where}", "tell me how {one}{where} differs from one of its neighbours", "I wonder what changed against {one}{where}.", "check {one}{where} against a second file"],
            Supply = ["The other file is {two}.", "Compare it with {two}.", "I mean {two}.", "Take {two} as the second one."],
        },
        new("files.find", 9, s =>
            {
                var files = All(Current(s)).ToArray();
                if (files.Length == 0)
                    return null;
                var name = s.Rng.Pick<string>(files);
                var part = s.Rng.Chance(0.5) ? name : name.Split('_', '.')[0];
                s.Do("find", ("path", "."), ("name", part));
                return [("part", $"'{part}'")];
            },
            "find everything whose name contains {part}, starting from the current folder", "locate whatever has {part} in its name from here downwards", "Where below this folder are there entries with {part} in the name?",
            "hunt down anything called something like {part} under the current folder")
        {
            Vague = ["find some files by a part of their name, starting from the current folder", "locate the files that I am after, from here downwards", "I am looking for certain files below this folder.", "hunt down a few files under the current folder"],
            Supply = ["Their names contain {part}.", "Look for {part} in the name.", "I mean everything with {part} in its name.", "The part of the name is {part}."],
        },
        new("files.size", 4, s =>
            {
                var where = Go(s, f => FilesIn(f).Length > 0, 0.5);
                if (where is null)
                    return null;
                s.Do("du", ("human_readable", true));
                return [("where", where), ("here", where.Length == 0 ? " here" : "")];
            },
            "tell me in human readable form how much space is used{here}{where}", "How much disk space do the files{where} take? A human readable figure will do.", "work out the disk usage{where} in human readable form",
            "measure how big everything{where} is, human readable please"),
        new("files.create", 12, s =>
            {
                var where = Go(s, _ => true, 0.4);
                if (where is null)
                    return null;
                var name = Fresh(s);
                s.Do("touch", ("file_name", name));
                s.Mention("file", name);
                return [("name", $"'{name}'"), ("where", where)];
            },
            "create an empty file called {name}{where}", "start a new file {name}{where}", "I need a blank file named {name}{where}.", "set up an empty {name}{where}")
        {
            Vague = ["create an empty file{where}", "start a new file{where}", "I need another blank file{where}.", "set up a fresh file{where}"],
            Supply = ["Name it {name}.", "The file should be called {name}.", "{name} would be its name.", "Call it {name}."],
        },
        new("files.write", 14, s =>
            {
                var where = Go(s, _ => true, 0.3);
                if (where is null)
                    return null;
                var name = Fresh(s);
                var text = s.Rng.Chance(0.5) ? s.Pools.Sentence(ref s.Rng) : s.Pools.Message(ref s.Rng);
                s.Do("touch", ("file_name", name));
                s.Do("echo", ("content", text), ("file_name", name));
                s.Mention("file", name);
                return [("name", $"'{name}'"), ("text", s.Quote(text)), ("where", where)];
            },
            "create a file {name}{where} and write {text} into it", "put {text} into a new file named {name}{where}", "I would like a new file {name}{where} that says {text}.", "note {text} down in a fresh file {name}{where}")
        {
            Vague = ["write {text} into a new file{where}", "put {text} into a file of its own{where}", "I would like a new file{where} that says {text}.", "note {text} down in a fresh file{where}"],
            Supply = ["The file is to be called {name}.", "Use {name} as its name.", "Name that file {name}.", "It should be {name}."],
        },
        new("files.overwrite", 8, s =>
            {
                var text = s.Pools.Sentence(ref s.Rng);
                return OnFile(s, file => s.Do("echo", ("content", text), ("file_name", file))) is { } slots ? [.. slots, ("text", s.Quote(text))] : null;
            },
            "replace the contents of {file}{where} with {text}", "overwrite {file}{where} so that it only says {text}", "From now on {file}{where} should just read {text}.", "have {file}{where} say nothing but {text}"),
        new("files.say", 1, s =>
            {
                var text = s.Pools.Message(ref s.Rng);
                s.Do("echo", ("content", text));
                return [("text", s.Quote(text))];
            },
            "echo {text} on the terminal", "print {text} to the terminal without saving it", "Just put {text} on the terminal, no file needed.", "let the terminal say {text}"),
        new("files.mkdir", 6, s =>
            {
                var where = Go(s, _ => true, 0.3);
                if (where is null)
                    return null;
                var name = FreshFolder(s);
                s.Do("mkdir", ("dir_name", name));
                return [("name", $"'{name}'"), ("where", where)];
            },
            "make a folder called {name}{where}", "create a new directory {name}{where}", "I need a folder named {name}{where}.", "set up a directory {name}{where}")
        {
            Vague = ["make another folder{where}", "create a new directory{where}", "I need one more folder{where}.", "set up a further directory{where}"],
            Supply = ["Its name is {name}.", "Call the folder {name}.", "It should be named {name}.", "{name}, please."],
        },
        new("files.move", 9, s => IntoFolder(s, "mv"),
            "move {file} into the {folder} folder{where}", "put {file} away in {folder}{where}", "{file} belongs into {folder}{where}; please move it there.", "shift {file} over to the {folder} folder{where}")
        {
            Vague = ["move {file} into one of the folders{where}", "put {file} away in another folder{where}", "{file} is in the wrong place{where}; please move it.", "shift {file} over to a different folder{where}"],
            Supply = ["It goes into {folder}.", "The folder is {folder}.", "I want it in {folder}.", "Its new home is {folder}."],
        },
        new("files.copy", 12, s => IntoFolder(s, "cp"),
            "copy {file} into the {folder} folder{where}", "keep a copy of {file} in {folder}{where}", "I want {file} backed up inside {folder}{where}.", "duplicate {file} into {folder}{where}")
        {
            Vague = ["copy {file} into one of the folders{where}", "keep a second copy of {file} somewhere{where}", "I want {file} backed up{where}.", "duplicate {file} into another folder{where}"],
            Supply = ["Put the copy into {folder}.", "The copy goes to {folder}.", "Use the {folder} folder for it.", "{folder} is where it should be."],
        },
        new("files.rename", 7, s =>
            {
                string name = "";
                return OnFile(s, file =>
                {
                    name = Fresh(s);
                    s.Do("mv", ("source", file), ("destination", name));
                }, renamed: () => name) is { } slots ? [.. slots, ("name", $"'{name}'")] : null;
            },
            "rename {file}{where} to {name}", "give {file}{where} the new name {name}", "{file}{where} should be called {name} instead.", "change the name of {file}{where} to {name}")
        {
            Vague = ["rename {file}{where}", "give {file}{where} a better name", "{file}{where} should be called something else.", "change the name of {file}{where}"],
            Supply = ["Make it {name}.", "The new name is {name}.", "It should become {name}.", "Let us go with {name}."],
        },
        new("files.duplicate", 3, s =>
            {
                string name = "";
                return OnFile(s, file =>
                {
                    name = Fresh(s);
                    s.Do("cp", ("source", file), ("destination", name));
                }) is { } slots ? [.. slots, ("name", $"'{name}'")] : null;
            },
            "copy {file}{where} to {name} in the same folder", "make a second version of {file}{where} under the name {name}", "I need {file}{where} twice; call the copy {name}.", "clone {file}{where} as {name}, right beside it"),
        new("files.copy-rename", 5, s =>
            {
                var where = Go(s, f => Suited(f) is not null, 0.5);
                if (where is null)
                    return null;
                var (file, folder) = Suited(Current(s)) ?? default;
                var name = Fresh(s);
                s.Do("cp", ("source", file), ("destination", folder));
                s.Do("cd", ("folder", folder));
                s.Do("mv", ("source", file), ("destination", name));
                s.Mention("file", name);
                return [("file", $"'{file}'"), ("folder", $"'{folder}'"), ("name", $"'{name}'"), ("where", where)];
            },
            "copy {file} into the {folder} folder{where}, and in there rename the copy to {name}", "back {file} up to {folder}{where} under the new name {name}: copy first, then rename over there",
            "{folder}{where} should hold a copy of {file}; go there afterwards and rename the copy to {name}.", "put a copy of {file} into {folder}{where}, follow it there and call it {name}"),
        new("files.remove", 3, s =>
            {
                var slots = OnFile(s, file => s.Do("rm", ("file_name", file)));
                s.Forget("file");
                return slots;
            },
            "delete {file}{where}", "get rid of {file}{where}", "{file}{where} is obsolete; please remove it.", "throw {file}{where} away"),
        new("files.rmdir", 3, s =>
            {
                var where = Go(s, f => Folders(f).Any(d => d.Contents.Count == 0), 0.3);
                if (where is null)
                    return null;
                var name = $"{Folders(Current(s)).First(d => d.Contents.Count == 0).Name}";
                s.Do("rmdir", ("dir_name", name));
                return [("name", $"'{name}'"), ("where", where)];
            },
            "remove the empty folder {name}{where}", "delete the {name} directory{where}, which has nothing in it", "The folder {name}{where} is empty; take it away.", "drop the unused directory {name}{where}"),
        new("files.sort-into", 5, s =>
            {
                string name = "";
                return OnFile(s, file =>
                {
                    var sorted = s.Do("sort", ("file_name", file))["sorted_content"];
                    if ($"{sorted}".Length > 400)
                        s.Fail();
                    name = Fresh(s);
                    s.Do("touch", ("file_name", name));
                    s.Do("echo", ("content", sorted), ("file_name", name));
                }, renamed: () => name) is { } slots ? [.. slots, ("name", $"'{name}'")] : null;
            },
            "sort {file}{where} and save the sorted lines in a new file {name}", "write the alphabetically ordered lines of {file}{where} into a fresh file called {name}",
            "I want the lines of {file}{where} in order, stored as {name} in the same folder.", "order {file}{where} alphabetically and keep the outcome in a new {name}"),
        new("files.tail-of-largest", 2, s =>
            {
                var where = Go(s, f => FilesIn(f).Length is 2 or 3, 0.6);
                if (where is null)
                    return null;
                var files = FilesIn(Current(s));
                var counts = Array.ConvertAll(files, f => s.Do("wc", ("file_name", f), ("mode", "w"))["count"].SmallInt);
                if (counts.Distinct().Count() != counts.Length)
                    return s.Fail();
                var longest = files[Array.IndexOf(counts, counts.Max())];
                s.Do("tail", ("file_name", longest), ("lines", 1));
                s.Mention("file", longest);
                return [("files", Phrases.List([.. files.Select(f => $"'{f}'")])), ("where", where)];
            },
            "count the words of each of {files}{where}, then show me the last line of the one with the most words", "Of {files}{where}, which has the most words? Count them and read me its final line.",
            "get the word counts of {files}{where} and then print the last line of the longest", "compare {files}{where} by number of words and show the closing line of the winner"),
    ];

    public static DirectoryNode Current(Stage s) => ((GorillaFileSystem)s.Object(Api)).Current;

    public static string[] FilesIn(DirectoryNode folder) => [.. Entries(folder).OfType<FileNode>().Where(f => $"{f.Content}".Length > 0).Select(f => $"{f.Name}")];

    /// <summary>Goes to a folder that suits, or stays: the words that say where; null when none suits.</summary>
    public static string? Go(Stage s, Func<DirectoryNode, bool> suits, double wander, bool name = false)
    {
        var here = Current(s);
        var reachable = Below(here).Concat(here.Parent is { } parent ? Folders(parent).Where(f => !ReferenceEquals(f, here)) : []).Where(suits).ToArray();
        if ((!suits(here) || s.Rng.Chance(wander)) && reachable.Length > 0)
        {
            var target = s.Rng.Pick<DirectoryNode>(reachable);
            s.Forget("file");
            if (ReferenceEquals(target.Parent, here.Parent))
                s.Do("cd", ("folder", ".."));
            else if (!ReferenceEquals(target.Parent, here))
                s.Do("cd", ("folder", target.Parent!.Name));
            s.Do("cd", ("folder", target.Name));
            if (name)
                return ReferenceEquals(target.Parent, here) ? $"'{target.Name}'" : ReferenceEquals(target.Parent, here.Parent) ? $"neighbouring '{target.Name}'" : $"'{target.Parent!.Name}/{target.Name}'";
            return ReferenceEquals(target.Parent, here) ? s.OneOf($" in the '{target.Name}' folder", $" inside '{target.Name}'", $" in '{target.Name}'")
                : ReferenceEquals(target.Parent, here.Parent) ? $" in '{target.Name}', the folder next to this one"
                : s.OneOf($" in the folder '{target.Name}' within '{target.Parent!.Name}'", $" in '{target.Parent!.Name}/{target.Name}'");
        }
        return suits(here) && !name ? "" : null;
    }

    /// <summary>Goes to a file and does something with it.</summary>
    public static (string, string)[]? OnFile(Stage s, Action<string> act, Func<string>? renamed = null)
    {
        string file;
        var where = "";
        if (s.TryLast("file", out var last) && FilesIn(Current(s)).Contains(last) && s.Rng.Chance(0.45))
        {
            file = last;
        }
        else if (Go(s, f => FilesIn(f).Length > 0, 0.5) is { } words)
        {
            (where, file) = (words, s.Rng.Pick<string>(FilesIn(Current(s))));
        }
        else
        {
            return null;
        }
        var said = s.Refer("file", file, $"'{file}'", "this file", "that file", "the same file");
        if (said[0] == '\'' && where.Length == 0 && s.Rng.Chance(0.3))
            said = $"the file {said}";
        act(file);
        if (renamed is not null)
            s.Mention("file", renamed());
        return [("file", said), ("where", where)];
    }

    public static string Content(Stage s, string file) => $"{((FileNode)Current(s).Contents[file].Reference!).Content}";

    /// <summary>A file name that the current folder does not have.</summary>
    public static string Fresh(Stage s) => Fresh(s, s.Pools.FileName);

    private static string FreshFolder(Stage s) => Fresh(s, s.Pools.Folder);

    private static string Fresh(Stage s, Pools.Draw draw)
    {
        for (var tries = 0; tries < 50; tries++)
            if (draw(ref s.Rng) is var name && !Current(s).Contents.ContainsKey(name))
                return name;
        s.Fail();
        return "";
    }

    private static (string, string)[]? IntoFolder(Stage s, string method)
    {
        var where = Go(s, f => Suited(f) is not null, 0.5);
        if (where is null)
            return null;
        var (file, folder) = Suited(Current(s)) ?? default;
        var said = s.Refer("file", file, $"'{file}'", "this file", "that file");
        s.Do(method, ("source", file), ("destination", folder));
        if (method == "mv")
            s.Forget("file");
        return [("file", said), ("folder", $"'{folder}'"), ("where", where)];
    }

    /// <summary>A file and a folder beside it that does not hold one of that name.</summary>
    private static (string File, string Folder)? Suited(DirectoryNode at)
    {
        foreach (var file in FilesIn(at))
            foreach (var folder in Folders(at))
                if (!folder.Contents.ContainsKey(file))
                    return (file, $"{folder.Name}");
        return null;
    }

    private static IEnumerable<PyObject> Entries(DirectoryNode folder) => folder.Contents.Values.ToArray().Select(v => (PyObject)v.Reference!);

    private static IEnumerable<DirectoryNode> Folders(DirectoryNode folder) => Entries(folder).OfType<DirectoryNode>();

    /// <summary>Folders one and two levels down.</summary>
    private static IEnumerable<DirectoryNode> Below(DirectoryNode folder) => Folders(folder).SelectMany(f => Folders(f).Prepend(f));

    private static IEnumerable<string> All(DirectoryNode folder) =>
        Entries(folder).SelectMany(e => e is DirectoryNode d ? All(d) : [$"{((FileNode)e).Name}"]);
}
