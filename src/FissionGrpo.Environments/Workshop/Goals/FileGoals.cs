using System.Collections.Immutable;
using FissionGrpo.Episodes;
using static FissionGrpo.Environments.Workshop.WorkshopApi;

namespace FissionGrpo.Environments.Workshop;

/// <summary>What someone wants of a file system.</summary>
internal static class FileGoals
{
    private static readonly ImmutableArray<string> Elsewhere = ["in-folder", "lost-file"];

    public static readonly ImmutableArray<GoalTemplate> All =
    [
        new("files.cat", Files, Elsewhere, [], 1, (d, b) => OnFile(d, b, "files.cat", "cat", reads: true)),
        new("files.count", Files, Elsewhere, [], 1, (d, b) => OnFile(d, b, "files.count", "wc", reads: true)),
        new("files.grep", Files, Elsewhere, [], 2, Grep),
        new("files.sort", Files, Elsewhere, [], 1, (d, b) => OnFile(d, b, "files.sort", "sort", reads: true)),
        new("files.remove", Files, Elsewhere, [], 1, (d, b) => OnFile(d, b, "files.remove", "rm", reads: false)),
        new("files.write", Files, ["no-file"], [], 2, Write),
        new("files.touch", Files, ["exists"], [], 1, (d, b) => Create(d, b, "files.touch", "touch", "file_name")),
        new("files.mkdir", Files, ["exists"], [], 1, (d, b) => Create(d, b, "files.mkdir", "mkdir", "dir_name")),
        new("files.rmdir", Files, ["not-empty"], [], 1, RemoveFolder),
        new("files.move", Files, [], [], 2, (d, _) => IntoFolder(d, "files.move", "mv")),
        new("files.copy", Files, [], [], 2, (d, _) => IntoFolder(d, "files.copy", "cp")),
        new("files.rename", Files, [], [], 2, Rename),
        new("files.go", Files, ["folder-path"], [], 1, Go),
        new("files.list", Files, [], [], 0, (d, _) => new("files.list", d.Say("files.list"), ToolCall.Of("ls"), true, [])),
    ];

    private static Goal OnFile(Draft draft, BlockerSet blockers, string kind, string tool, bool reads)
    {
        var file = draft.Word(kind);
        return Located(draft, blockers, file, new Goal(kind, draft.Say(kind, $"\"{file}\""), ToolCall.Of(tool, ("file_name", file)), reads, []));
    }

    private static Goal Grep(Draft draft, BlockerSet blockers)
    {
        var file = draft.Word("files.grep");
        var pattern = draft.Word("pattern");
        var goal = new Goal(
            "files.grep", draft.Say("files.grep", $"\"{file}\"", $"\"{pattern}\""), ToolCall.Of("grep", ("file_name", file), ("pattern", pattern)), true, []);
        return Located(draft, blockers, file, goal, pattern);
    }

    /// <summary>Puts the file where the user is, or elsewhere: in a folder that the user names, or in one that must be found.</summary>
    private static Goal Located(Draft draft, BlockerSet blockers, string file, Goal goal, string? line = null)
    {
        var content = $"{draft.SceneWord()} {draft.SceneWord()}\n{(line is null ? "" : line + " ")}{draft.SceneWord()}";
        if (blockers.Has("lost-file"))
        {
            var hidden = draft.SceneWord();
            draft.Files.AddFolder(hidden);
            draft.Files.AddFile(hidden, file, content);
            return goal with { Mends = [new("lost-file", "No such file", FindAndGo)] };
        }
        if (!blockers.Has("in-folder"))
        {
            draft.Files.AddFile(null, file, content);
            if (!draft.Rng.Chance(0.25))
                return goal;
        }
        var folder = draft.Word("folder hint");
        draft.Files.AddFolder(folder);
        if (blockers.Has("in-folder"))
            draft.Files.AddFile(folder, file, content);
        return goal with
        {
            Text = $"{goal.Text} or look in folder \"{folder}\" if that fails",
            Mends = [Mend.After("in-folder", "No such file", ToolCall.Of("cd", ("folder", folder)))],
        };

        static ToolCall? FindAndGo(Oracle oracle, FailedCall failed)
        {
            if (oracle.Make(ToolCall.Of("find", ("name", failed.Call["file_name"]!.Value))) is not { } answer)
                return null;
            var matches = ResultText.Member(answer, "matches");
            if (matches.GetArrayLength() != 1 || matches[0].GetString()!.Split('/') is not [".", var folder, _])
                return null;
            return oracle.Make(ToolCall.Of("cd", ("folder", folder))) is null ? null : failed.Call;
        }
    }

    private static Goal Write(Draft draft, BlockerSet blockers)
    {
        var file = draft.Word("file to write");
        var text = draft.Word("text to write");
        if (!blockers.Has("no-file"))
            draft.Files.AddFile(null, file, draft.SceneWord());
        return new(
            "files.write", draft.Say("files.write", $"\"{file}\"", $"\"{text}\""), ToolCall.Of("echo", ("content", text), ("file_name", file)), false,
            [Mend.After("no-file", "No such file", ToolCall.Of("touch", ("file_name", file)))]);
    }

    private static Goal Create(Draft draft, BlockerSet blockers, string kind, string tool, string parameter)
    {
        var right = draft.Word(kind);
        var first = right;
        var otherwise = "";
        if (blockers.Has("exists"))
        {
            first = draft.Word("existing " + kind);
            if (tool == "mkdir")
                draft.Files.AddFolder(first);
            else
                draft.Files.AddFile(null, first, draft.SceneWord());
            otherwise = $" or \"{right}\" if that fails";
        }
        else if (draft.Rng.Chance(0.25))
        {
            otherwise = $" or \"{draft.Word(kind)}\" if that fails";
        }
        return new(
            kind, draft.Say(kind, $"\"{first}\"") + otherwise, ToolCall.Of(tool, (parameter, first)), false,
            [Mend.Change("exists", "File exists", parameter, right)]);
    }

    private static Goal RemoveFolder(Draft draft, BlockerSet blockers)
    {
        var folder = draft.Word("folder to remove");
        draft.Files.AddFolder(folder);
        if (blockers.Has("not-empty"))
            draft.Files.AddFile(folder, draft.SceneWord(), draft.SceneWord());
        return new(
            "files.rmdir", draft.Say("files.rmdir", $"\"{folder}\""), ToolCall.Of("rmdir", ("dir_name", folder)), false,
            [new("not-empty", "Directory not empty", (_, _) => ToolCall.Of("rm", ("file_name", folder)))]);
    }

    private static Goal IntoFolder(Draft draft, string kind, string tool)
    {
        var file = draft.Word(kind);
        var folder = draft.Word(kind + " folder");
        draft.Files.AddFile(null, file, draft.SceneWord());
        draft.Files.AddFolder(folder);
        return new(kind, draft.Say(kind, $"\"{file}\"", $"\"{folder}\""), ToolCall.Of(tool, ("source", file), ("destination", folder)), false, []);
    }

    private static Goal Rename(Draft draft, BlockerSet blockers)
    {
        var file = draft.Word("file to rename");
        var name = draft.Word("new file name");
        draft.Files.AddFile(null, file, draft.SceneWord());
        return new(
            "files.rename", draft.Say("files.rename", $"\"{file}\"", $"\"{name}\""), ToolCall.Of("mv", ("source", file), ("destination", name)), false, []);
    }

    private static Goal Go(Draft draft, BlockerSet blockers)
    {
        var folder = draft.Word("folder to enter");
        draft.Files.AddFolder(folder);
        if (!blockers.Has("folder-path"))
            return new("files.go", draft.Say("files.go", $"\"{folder}\""), ToolCall.Of("cd", ("folder", folder)), true, []);
        var inner = draft.Word("inner folder");
        draft.Files.AddFolder(inner, folder);
        return new(
            "files.go", draft.Say("files.go", $"\"{folder}/{inner}\""), ToolCall.Of("cd", ("folder", $"{folder}/{inner}")), true,
            [
                new("folder-path", "Only one folder level", (oracle, _) =>
                    oracle.Make(ToolCall.Of("cd", ("folder", folder))) is null ? null : ToolCall.Of("cd", ("folder", inner))),
            ]);
    }
}
