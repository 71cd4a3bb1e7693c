using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary>A directory. Its contents map may be shared with another directory after <c>mv</c>; its parent is who created it, for ever.</summary>
internal sealed class DirectoryNode(PyValue name, DirectoryNode? parent, PyDict contents) : PyObject
{
    public PyValue Name { get; private set; } = name;

    public DirectoryNode? Parent { get; private set; } = parent;

    public PyDict Contents { get; set; } = contents;

    public override string TypeName => "Directory";

    /// <summary>Name and contents, not the parent.</summary>
    public override bool EqualTo(PyObject other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is not DirectoryNode directory || !PyOps.Equals(Name, directory.Name))
            return false;
        return System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack()
            ? PyOps.Equals(Contents, directory.Contents)
            : throw new PyException("RecursionError", "maximum recursion depth exceeded in comparison");
    }

    public override PyObject Copy(PyCopier copier)
    {
        var copy = new DirectoryNode(Name, null, Contents);
        copier.Remember(this, copy);
        copy.Name = copier.Copy(Name);
        copy.Parent = Parent is null ? null : copier.Copy(Parent);
        copy.Contents = copier.Copy(Contents);
        return copy;
    }

    public void AddFile(PyValue name, PyValue content)
    {
        if (Contents.ContainsKey(name))
            throw PyException.ValueError($"File '{name}' already exists in directory '{Name}'.");
        Contents[name] = new FileNode(name, content);
    }

    public DirectoryNode AddDirectory(PyValue name)
    {
        if (Contents.ContainsKey(name))
            throw PyException.ValueError($"Directory '{name}' already exists in directory '{Name}'.");
        var added = new DirectoryNode(name, this, new PyDict());
        Contents[name] = added;
        return added;
    }
}

/// <summary>A file: its name and content.</summary>
internal sealed class FileNode(PyValue name, PyValue content) : PyObject
{
    public PyValue Name => name;

    public PyValue Content { get; set; } = content;

    public override string TypeName => "File";

    public override bool EqualTo(PyObject other) =>
        other is FileNode file && PyOps.Equals(Name, file.Name) && PyOps.EqualOrSame(Content, file.Content);

    public override PyObject Copy(PyCopier copier)
    {
        var copy = new FileNode(copier.Copy(Name), copier.Copy(Content));
        copier.Remember(this, copy);
        return copy;
    }
}
