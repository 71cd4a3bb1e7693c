using System.Buffers;
using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary>
/// <c>GorillaFileSystem</c>: directories, files and a current directory in memory (specification section 6). Which object is shared after
/// <c>mv</c> and <c>cp</c> is part of the behaviour. No path of the real machine can be reached: names are keys of a dict.
/// </summary>
internal sealed class GorillaFileSystem(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int LongContextFlag = 0;
    private const int RootAt = 1;
    private const int CurrentAt = 2;
    private const int CreatedAt = 3;

    /// <summary>Python would recurse to its limit somewhere near; no task comes close.</summary>
    private const int MaxCreatedDirectories = 1000;

    private const string InvalidCharacters = "|/\\?%*:\"><";

    private static readonly SearchValues<char> Invalid = SearchValues.Create(InvalidCharacters);

    public static readonly new ApiType Type = new(
        "GorillaFileSystem",
        [
            Attribute("long_context", false, "long_context"), Attribute("root", key: "root"), Attribute("_current_dir", compared: false),
            Attribute("_created", 0, "_created", compared: false),
        ],
        new MethodTable<GorillaFileSystem>("GorillaFileSystem")
            .Reads("pwd", (f, _) => new PyDict(("current_working_directory", PathOf(f.Current))))
            .Reads("ls", (f, a) => f.List(a[0]), Optional("a", false))
            .Sets("cd", (f, a) => f.ChangeDirectory(a[0]), Required("folder"))
            .Changes("mkdir", (f, a) => f.MakeDirectory(a[0]), Required("dir_name"))
            .Changes("touch", (f, a) => f.Touch(a[0]), Required("file_name"))
            .Changes("echo", (f, a) => f.Echo(a[0], a[1]), Required("content"), Optional("file_name"))
            .Reads("cat", (f, a) => f.Show(a[0]), Required("file_name"))
            .Reads("find", (f, a) => f.Find(a[0], a[1]), Optional("path", "."), Optional("name"))
            .Reads("wc", (f, a) => f.Count(a[0], a[1]), Required("file_name"), Optional("mode", "l"))
            .Reads("sort", (f, a) => f.Sort(a[0]), Required("file_name"))
            .Reads("grep", (f, a) => f.Grep(a[0], a[1]), Required("file_name"), Required("pattern"))
            .Reads("du", (f, a) => f.DiskUsage(a[0]), Optional("human_readable", false))
            .Reads("tail", (f, a) => f.Tail(a[0], a[1]), Required("file_name"), Optional("lines", 10))
            .Reads("diff", (f, a) => f.Compare(a[0], a[1]), Required("file_name1"), Required("file_name2"))
            .Changes("mv", (f, a) => f.Move(a[0], a[1]), Required("source"), Required("destination"))
            .Changes("rm", (f, a) => f.Remove(a[0]), Required("file_name"))
            .Changes("rmdir", (f, a) => f.RemoveDirectory(a[0]), Required("dir_name"))
            .Changes("cp", (f, a) => f.CopyItem(a[0], a[1]), Required("source"), Required("destination"))
            .Build(),
        constants => new GorillaFileSystem(constants));

    public DirectoryNode Root => (DirectoryNode)this[RootAt].Reference!;

    public DirectoryNode Current
    {
        get => (DirectoryNode)this[CurrentAt].Reference!;
        private set => this[CurrentAt] = value;
    }

    /// <summary>The names from the top-most ancestor on.</summary>
    public static string PathOf(DirectoryNode directory)
    {
        var names = new Stack<PyValue>();
        for (var at = directory; at is not null; at = at.Parent)
            names.Push(at.Name);
        return "/" + PyMethods.Join("/", new PyList([.. names]));
    }

    protected override void Loaded(PyDict? scenario)
    {
        this[LongContextFlag] = LongContext;
        var root = this[RootAt].TryGet<PyDict>(out var given) && given.Count > 0
            ? Load(given.Keys[0], (PyDict)((PyDict)given.Values[0].Reference!)["contents"].Reference!, null)
            : new DirectoryNode("/", null, new PyDict());
        this[RootAt] = root;
        this[CurrentAt] = root;
        this[CreatedAt] = 0;
    }

    private DirectoryNode Load(PyValue name, PyDict entries, DirectoryNode? parent)
    {
        var directory = new DirectoryNode(name, parent, new PyDict(entries.Count));
        var hasSubdirectory = false;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = (PyDict)entries.Values[i].Reference!;
            if (Is(entry["type"], "directory"))
            {
                hasSubdirectory = true;
                directory.Contents[entries.Keys[i]] = Load(entries.Keys[i], (PyDict)entry["contents"].Reference!, directory);
            }
            else
            {
                var content = entry["content"];
                if (LongContext && !(Constants.Extension("FILES_TAIL_USED").TryGet<PyList>(out var kept) && kept.IndexOf(entries.Keys[i]) >= 0))
                    content = PyNumber.Add(content, Constants.Extension("FILE_CONTENT_EXTENSION") is { IsNone: false } tail ? tail : "");
                directory.AddFile(entries.Keys[i], content);
            }
        }
        if (LongContext && !hasSubdirectory && Constants.Extension("POPULATE_FILE_EXTENSION").TryGet<PyList>(out var populated))
            foreach (var file in populated.Items)
                directory.AddFile(file, "");
        return directory;
    }

    private PyDict List(PyValue all)
    {
        var names = new PyList(Current.Contents.Count);
        foreach (var name in Current.Contents.Keys)
            if (PyOps.IsTrue(all) || !PyMethods.StartsWith(name, "."))
                names.Add(name);
        return new PyDict(("current_directory_content", names));
    }

    private PyDict ChangeDirectory(PyValue given)
    {
        var folder = PyMethods.StripRight(given, '/');
        if (folder.Length == 0)
            folder = "/";
        if (folder is not ("." or ".." or "/") && folder.Contains('/', StringComparison.Ordinal))
            return Error($"cd: {folder}: Unsupported path. Only one folder level at a time is supported.");
        if (folder == "..")
        {
            if (Current.Parent is { } parent)
            {
                Current = parent;
                return new PyDict();
            }
            return PyOps.Equals(Root, Current)
                ? Error("Current directory is already the root. Cannot go back.")
                : Error("cd: ..: No such directory");
        }
        var target = folder == "/" ? Root : folder == "." ? Current : Current.Contents.Get(folder).Reference as DirectoryNode;
        if (target is null)
            return Error($"cd: '{folder}': No such file or directory");
        Current = target;
        return new PyDict(("current_working_directory", target.Name));
    }

    private PyValue MakeDirectory(PyValue name)
    {
        if (HasInvalidCharacter(name))
            return Error($"mkdir: cannot create directory '{name}': Invalid character");
        if (Current.Contents.ContainsKey(name))
            return Error($"mkdir: cannot create directory '{name}': File exists");
        CountCreated();
        Current.AddDirectory(name);
        return default;
    }

    private PyValue Touch(PyValue name)
    {
        if (HasInvalidCharacter(name))
            return Error($"touch: cannot touch '{name}': Invalid character");
        if (Current.Contents.ContainsKey(name))
            return Error($"touch: cannot touch '{name}': File exists");
        Current.AddFile(name, "");
        return default;
    }

    private PyValue Echo(PyValue content, PyValue name)
    {
        if (name.IsNone)
            return new PyDict(("terminal_output", content));
        if (HasInvalidCharacter(name))
            return Error($"echo: cannot write to '{name}': Invalid character");
        if (!PyOps.IsTrue(name))
            return new PyDict(("terminal_output", content));
        if (!TryFind(name, out var item))
            return Error($"echo: cannot write to '{name}': No such file");
        if (!item.TryGet<FileNode>(out var file))
            throw PyException.NoAttribute(item, "_write");
        file.Content = content;
        return default;
    }

    private PyDict Show(PyValue name)
    {
        if (HasInvalidCharacter(name))
            return Error($"cat: '{name}': Invalid character");
        if (!TryFind(name, out var item))
            return Error($"cat: '{name}': No such file or directory");
        return item.TryGet<FileNode>(out var file) ? new PyDict(("file_content", file.Content)) : Error($"cat: '{name}': Is a directory");
    }

    private PyDict Find(PyValue pathGiven, PyValue name)
    {
        var matches = new PyList();
        var path = pathGiven.IsNone ? "." : PyMethods.Strippable(pathGiven, "strip");
        var start = path == "/" ? Root : Current;
        if (path is not ("." or "/"))
        {
            start = path.StartsWith('/') ? Root : Current;
            foreach (var part in path.Trim('/').Split('/'))
            {
                if (part == ".")
                    continue;
                if (start.Contents.Get(part).Reference is not DirectoryNode next)
                    return Error($"find: '{path}': No such file or directory");
                start = next;
            }
        }
        Search(start, PyMethods.StripRight(pathGiven, '/'), name, matches, 0);
        return new PyDict(("matches", matches));
    }

    private static void Search(DirectoryNode directory, string path, PyValue name, PyList matches, int depth)
    {
        if (depth > PyOps.MaxDepth)
            throw new PyException("RecursionError", "maximum recursion depth exceeded while calling a Python object");
        for (var i = 0; i < directory.Contents.Count; i++)
        {
            var itemPath = $"{path}/{directory.Contents.Keys[i]}";
            if (itemPath.Length > PyNumber.MaxLength)
                throw PyException.TooLarge("the path");
            if (name.IsNone || PyOps.Contains(directory.Contents.Keys[i], name))
                matches.Add(itemPath);
            if (directory.Contents.Values[i].TryGet<DirectoryNode>(out var below))
                Search(below, itemPath, name, matches, depth + 1);
        }
    }

    private PyDict Count(PyValue name, PyValue mode)
    {
        if (!Is(mode, "l") && !Is(mode, "w") && !Is(mode, "c"))
            return Error($"wc: invalid mode '{mode}'");
        if (FileNamed(name) is not { } file)
            return Error($"wc: {name}: No such file or directory");
        var (count, type) = (string)mode.Reference! switch
        {
            "l" => (PyString.SplitLines(PyMethods.Text(file.Content, "splitlines")).Count, "lines"),
            "w" => (PyString.SplitWhitespace(PyMethods.Text(file.Content, "split")).Count, "words"),
            _ => (PyMethods.Length(file.Content), "characters"),
        };
        return new PyDict(("count", count), ("type", type));
    }

    private PyDict Sort(PyValue name)
    {
        if (FileNamed(name) is not { } file)
            return Error($"sort: {name}: No such file or directory");
        var lines = PyString.SplitLines(PyMethods.Text(file.Content, "splitlines"));
        return new PyDict(("sorted_content", string.Join('\n', lines.Order(Comparer<string>.Create(PyString.Compare)))));
    }

    private PyDict Grep(PyValue name, PyValue pattern)
    {
        if (FileNamed(name) is not { } file)
            return Error($"grep: {name}: No such file or directory");
        var matching = new PyList();
        foreach (var line in PyString.SplitLines(PyMethods.Text(file.Content, "splitlines")))
            if (PyOps.Contains(line, pattern))
                matching.Add(line);
        return new PyDict(("matching_lines", matching));
    }

    private PyDict DiskUsage(PyValue humanReadable)
    {
        var size = SizeOf(Current, 0);
        if (!PyOps.IsTrue(humanReadable))
            return new PyDict(("disk_usage", $"{size} bytes"));
        PyValue shown = size;
        var unit = 0;
        ReadOnlySpan<string> units = ["B", "KB", "MB", "GB", "TB"];
        for (; unit < units.Length - 1 && !PyOps.Less(shown, 1024); unit++)
            shown = PyNumber.Divide(shown, 1024);
        return new PyDict(("disk_usage", $"{PyFloat.Fixed(PyNumber.ToDouble(shown), 2)} {units[unit]}"));
    }

    private static long SizeOf(DirectoryNode directory, int depth)
    {
        if (depth > PyOps.MaxDepth)
            throw new PyException("RecursionError", "maximum recursion depth exceeded while calling a Python object");
        var size = 0L;
        foreach (var item in directory.Contents.Values)
        {
            size += item.Reference is FileNode file
                ? PyString.Utf8Length(PyMethods.Text(file.Content, "encode"))
                : SizeOf((DirectoryNode)item.Reference!, depth + 1);
        }
        return size;
    }

    private PyDict Tail(PyValue name, PyValue lines)
    {
        if (FileNamed(name) is not { } file)
            return Error($"tail: {name}: No such file or directory");
        var all = new PyList();
        foreach (var line in PyString.SplitLines(PyMethods.Text(file.Content, "splitlines")))
            all.Add(line);
        if (PyOps.Greater(lines, all.Count))
            lines = all.Count;
        var last = (PyList)new PySlice(PyNumber.Negate(lines), default, default).Of(all.Items, asTuple: false).Reference!;
        return new PyDict(("last_lines", PyMethods.Join("\n", last)));
    }

    private PyDict Compare(PyValue first, PyValue second)
    {
        if (!Current.Contents.ContainsKey(first) || FileNamed(second) is not { } b || FileNamed(first) is not { } a)
            return Error($"diff: {first} or {second}: No such file or directory");
        var left = PyString.SplitLines(PyMethods.Text(a.Content, "splitlines"));
        var right = PyString.SplitLines(PyMethods.Text(b.Content, "splitlines"));
        var pairs = left.Zip(right).Where(p => p.First != p.Second).Select(p => $"- {p.First}\n+ {p.Second}");
        return new PyDict(("diff_lines", string.Join('\n', pairs)));
    }

    private PyDict Move(PyValue source, PyValue destination)
    {
        if (!TryFind(source, out var item))
            return Error($"mv: cannot move '{source}': No such file or directory");
        if (PyOps.Contains(destination, "/"))
            return Error("mv: path not allowed in destination. Provide only a file or directory name.");
        if (!TryFind(destination, out var target))
        {
            Current.Contents.Remove(source);
            Put(Current, destination, item, copyContents: false);
            return new PyDict(("result", $"'{source}' moved to '{destination}'"));
        }
        if (!target.TryGet<DirectoryNode>(out var directory))
            return Error($"mv: cannot move '{source}' to '{destination}': Not a directory");
        if (directory.Contents.ContainsKey($"{source}"))
            return Error($"mv: cannot move '{source}' to '{destination}/{source}': File exists");
        Current.Contents.Remove(source);
        Put(directory, source, item, copyContents: false);
        return new PyDict(("result", $"'{source}' moved to '{destination}/{source}'"));
    }

    private PyDict CopyItem(PyValue source, PyValue destination)
    {
        if (!TryFind(source, out var item))
            return Error($"cp: cannot copy '{source}': No such file or directory");
        if (PyOps.Contains(destination, "/"))
            return Error("cp: path not allowed in destination. Provide only a file or directory name.");
        if (!TryFind(destination, out var target))
        {
            Put(Current, destination, item, copyContents: true);
            return new PyDict(("result", $"'{source}' copied to '{destination}'"));
        }
        if (!target.TryGet<DirectoryNode>(out var directory))
            return Error($"cp: cannot copy '{source}' to '{destination}': Not a directory");
        if (directory.Contents.ContainsKey($"{destination}/{source}"))
            return Error($"cp: cannot copy '{source}' to '{destination}/{source}': File exists");
        Put(directory, source, item, copyContents: true);
        return new PyDict(("result", $"'{source}' copied to '{destination}/{source}'"));
    }

    // A new node for the item. A directory's new node holds the old one's contents map itself (mv), or a shallow copy of it (cp).
    private void Put(DirectoryNode into, PyValue name, PyValue item, bool copyContents)
    {
        if (item.TryGet<FileNode>(out var file))
        {
            into.AddFile(name, file.Content);
            return;
        }
        CountCreated();
        var added = into.AddDirectory(name);
        var contents = ((DirectoryNode)item.Reference!).Contents;
        added.Contents = copyContents ? contents.ShallowCopy() : contents;
    }

    private PyDict Remove(PyValue name)
    {
        return Current.Contents.Remove(name)
            ? new PyDict(("result", $"'{name}' removed"))
            : Error($"rm: cannot remove '{name}': No such file or directory");
    }

    private PyDict RemoveDirectory(PyValue name)
    {
        if (!TryFind(name, out var item))
            return Error($"rmdir: cannot remove '{name}': No such file or directory");
        if (!item.TryGet<DirectoryNode>(out var directory))
            return Error($"rmdir: cannot remove '{name}': Not a directory");
        if (directory.Contents.Count > 0)
            return Error($"rmdir: cannot remove '{name}': Directory not empty");
        Current.Contents.Remove(name);
        return new PyDict(("result", $"'{name}' removed"));
    }

    // An entry may be called ".", but what is found under that name is the directory itself.
    private bool TryFind(PyValue name, out PyValue item)
    {
        if (!Current.Contents.TryGetValue(name, out item))
            return false;
        if (Is(name, "."))
            item = Current;
        return true;
    }

    private FileNode? FileNamed(PyValue name) => TryFind(name, out var item) ? item.Reference as FileNode : null;

    private void CountCreated()
    {
        var created = this[CreatedAt].SmallInt + 1;
        if (created > MaxCreatedDirectories)
            throw PyException.TooLarge("the directory tree");
        this[CreatedAt] = created;
    }

    private static bool HasInvalidCharacter(PyValue name)
    {
        if (name.TryGetString(out var text))
            return text.AsSpan().ContainsAny(Invalid);
        foreach (var c in InvalidCharacters)
            if (PyOps.Contains(name, c.ToString()))
                return true;
        return false;
    }
}
