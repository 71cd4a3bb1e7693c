using System.Text.Json;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Weights;

namespace FissionGrpo.Model.Checkpoints;

/// <summary>A folder in Hugging Face layout, opened: its configuration, and its tensors in one file or in shards with an index. Everything is checked before a weight is read.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    public const string SingleFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";
    private const long MostIndexBytes = 256 << 20;

    private readonly string _folder;
    private readonly List<SafetensorsFile> _files = [];
    private readonly SortedDictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    private CheckpointFolder(string folder, ModelConfiguration configuration)
    {
        _folder = folder;
        Configuration = configuration;
    }

    public ModelConfiguration Configuration { get; }

    /// <summary>Opens a folder and checks that it holds exactly the tensors that its configuration asks for.</summary>
    /// <exception cref="CheckpointException">Something is missing, malformed or contradictory.</exception>
    public static CheckpointFolder Open(string folder)
    {
        folder = CheckpointFiles.Standing(folder);
        if (!Directory.Exists(folder))
            throw new CheckpointException(folder, null, "there is no such folder");
        var opened = new CheckpointFolder(folder, ConfigurationFile.Read(folder));
        try
        {
            if (File.Exists(Path.Combine(folder, IndexFile)))
                opened.OpenShards();
            else
                opened.OpenSingle();
            opened.CheckTensors();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Reads every parameter, widened to single precision.</summary>
    /// <exception cref="CheckpointException">A value is NaN or infinite.</exception>
    public unsafe void ReadInto(ModelWeights weights)
    {
        // All checks come first, so that a model in use is replaced as a whole or not at all.
        foreach (var parameter in weights.Layout.Parameters)
            FileOf(parameter).CheckFinite(parameter.Name);
        foreach (var parameter in weights.Layout.Parameters)
            FileOf(parameter).ReadParameter(parameter, weights.Values);
    }

    /// <summary>The file that holds a parameter.</summary>
    public SafetensorsFile FileOf(Parameter parameter) => _fileOf[parameter.Name];

    /// <summary>A parameter's format and bytes where they are mapped; valid while this is open.</summary>
    public unsafe (TensorType Type, nint Data) Raw(Parameter parameter)
    {
        var file = FileOf(parameter);
        var entry = file.Entry(parameter.Name);
        return (entry.Type, (nint)file.Pointer(entry));
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private void OpenSingle()
    {
        var path = Path.Combine(_folder, SingleFile);
        if (!File.Exists(path))
            throw new CheckpointException(path, null, $"there is no such file, nor {IndexFile}. A checkpoint holds its weights beside config.json; older formats (.bin, .pth): convert with transformers' save_pretrained.");
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (var name in file.Tensors.Keys)
            _fileOf.Add(name, file);
    }

    private void OpenShards()
    {
        var path = Path.Combine(_folder, IndexFile);
        var shards = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var (tensor, name) in ReadWeightMap(path))
        {
            if (name.Length == 0 || name != Path.GetFileName(name) || name.Contains('\\', StringComparison.Ordinal) || name is "." or "..")
                throw new CheckpointException(path, tensor, $"is mapped to \"{name}\", which is not a file name inside the folder");
            if (!shards.TryGetValue(name, out var file))
            {
                file = SafetensorsFile.Open(Path.Combine(_folder, name));
                _files.Add(file);
                shards.Add(name, file);
            }
            if (!file.Tensors.ContainsKey(tensor))
                throw CheckpointException.Damaged(file.Path, tensor, $"is missing, although {IndexFile} says it is there");
            _fileOf.Add(tensor, file);
        }
        foreach (var file in _files)
        {
            foreach (var tensor in file.Tensors.Keys)
            {
                if (!_fileOf.TryGetValue(tensor, out var owner))
                    throw new CheckpointException(file.Path, tensor, $"is not listed in {IndexFile}");
                if (owner != file)
                    throw new CheckpointException(file.Path, tensor, $"is also in {Path.GetFileName(owner.Path)}");
            }
        }
    }

    private static SortedDictionary<string, string> ReadWeightMap(string path)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(CheckpointFiles.ReadAll(path, MostIndexBytes), new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var weightMap) || weightMap.ValueKind != JsonValueKind.Object)
                throw new CheckpointException(path, null, "has no weight_map object");
            foreach (var entry in weightMap.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.String)
                    throw new CheckpointException(path, entry.Name, "is not mapped to a file name");
                if (!map.TryAdd(entry.Name, entry.Value.GetString()!))
                    throw new CheckpointException(path, entry.Name, "is listed twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw CheckpointException.NotJson(path, e);
        }
        return map;
    }

    private void CheckTensors()
    {
        var inventory = File.Exists(Path.Combine(_folder, IndexFile)) ? IndexFile : SingleFile;
        // A configuration may claim a billion layers. What the files hold bounds what may be laid out.
        if (_fileOf.Count < Configuration.Layers)
            throw new CheckpointException(_folder, null, $"holds {_fileOf.Count} tensors, too few for the {Configuration.Layers} layers of config.json. They belong to different models, or part of the weights is missing: fetch or copy both again.");
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in ParameterLayout.Of(Configuration).Parameters)
        {
            expected.Add(parameter.Name);
            if (!_fileOf.TryGetValue(parameter.Name, out var file))
                throw new CheckpointException(Path.Combine(_folder, inventory), parameter.Name, "is missing, although config.json implies it. They belong to different models, or part of the weights is missing: fetch or copy both again.");
            file.CheckHolds(parameter, parameter.Name);
        }
        foreach (var (name, file) in _fileOf)
        {
            if (!expected.Contains(name) && !IsKnownSurplus(name))
                throw new CheckpointException(file.Path, name, "is no parameter of the model that config.json describes. They belong to different models: fetch or copy both again.");
        }
    }

    /// <summary>Old checkpoints store the rotation's frequencies, and tied ones may store the embedding a second time; neither says anything new.</summary>
    private bool IsKnownSurplus(string name) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (Configuration.TiedEmbeddings && name == "lm_head.weight");
}
