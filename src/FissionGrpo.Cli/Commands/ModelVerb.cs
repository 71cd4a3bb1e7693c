using System.CommandLine;
using System.Globalization;
using FissionGrpo.Cli.Options;
using FissionGrpo.Cli.Shells;
using FissionGrpo.Cli.Views;
using FissionGrpo.Cli.Worlds;
using FissionGrpo.Environments.Workshop;
using FissionGrpo.Episodes;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Policy;
using FissionGrpo.Seeds;
using FissionGrpo.Text.Dialogues;
using FissionGrpo.Text.Tokenization;
using FissionGrpo.Training;

namespace FissionGrpo.Cli.Commands;

/// <summary><c>fission model</c>: checkpoints themselves.</summary>
internal static class ModelVerb
{
    private const string BFloat16 = "bf16";
    private const string Single = "f32";

    public static Command Make(Shell shell)
    {
        var model = new Verb("model", "Makes checkpoints.", "model create --config out/first/policy --output out/fresh");
        model.Add(Create(shell));
        return model;
    }

    /// <summary>As of <c>policy.vocabulary</c>.</summary>
    private const int LeastVocabulary = 300;

    private static Verb Create(Shell shell)
    {
        var like = new Option<string>("--like") { Description = $"The shape of a published model: {string.Join(", ", KnownShapes.All.Keys)}.", HelpName = "SHAPE" }.OneOf([.. KnownShapes.All.Keys]);
        var config = new Option<string?>("--config") { Description = "The shape as a config.json, or a folder with one; of a run folder that of its policy.", HelpName = "PATH" };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "The checkpoint or run folder whose tokenizer and chat template the model gets; the embedded model's small one by default.", HelpName = "FOLDER" };
        var dtype = new Option<string>("--dtype") { Description = "How weights are stored.", DefaultValueFactory = _ => BFloat16 }.OneOf(BFloat16, Single);
        var output = new Option<string>("--output") { Description = "The folder to make, in Hugging Face layout.", HelpName = "FOLDER", Required = true };
        var seed = CommonOptions.Seed();
        var verb = new Verb(
            "create",
            "Makes a checkpoint with random weights: to try what a shape costs on this machine, or to train from nothing.",
            "model create --config out/first/policy --tokenizer out/first/policy --dtype f32 --output out/again")
        {
            like, config, tokenizer, dtype, output, seed,
        };
        verb.SetAction(async (parse, cancel) =>
        {
            var (shape, path) = (parse.GetValue(like), parse.GetValue(config));
            if (shape is null == path is null)
                throw new UserErrorException($"Give one of --like SHAPE and --config PATH. Shapes: {string.Join(", ", KnownShapes.All.Keys)}.");
            var folder = parse.GetValue(output)!;
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new UserErrorException($"--output {folder}: is not an empty folder. Give another.");
            if (path is not null && !Path.Exists(path))
                throw new UserErrorException($"--config {path}: there is no such file or folder. Give a config.json, or a folder with one.");
            var wanted = shape is null ? ConfigurationFile.Read(File.Exists(path) ? path : ModelFolder.Find(path!, "--config")) : KnownShapes.All[shape];
            var words = parse.GetValue(tokenizer) is { } from
                ? Tokenizer.Load(Directory.Exists(from) && !File.Exists(Path.Combine(from, "tokenizer.json")) ? ModelFolder.Find(from, "--tokenizer") : from)
                : await EmbeddedAsync(wanted.VocabularySize, cancel);
            var configuration = Fit(wanted, words);
            var half = parse.GetValue(dtype) == BFloat16;
            var parameters = FreshCheckpoint.Write(folder, configuration, new Seed(parse.GetValue(seed)), half);
            words.Save(folder);
            Tell(shell, folder, configuration, parameters, half);
            return Failures.Done;
        });
        return verb;
    }

    private static Task<Tokenizer> EmbeddedAsync(int vocabulary, CancellationToken cancel) => vocabulary < LeastVocabulary
        ? throw new UserErrorException($"The shape has a vocabulary of {vocabulary} (vocab_size), and the small tokenizer needs {LeastVocabulary} or more: 256 bytes, its control tokens, and some words. Set it higher, or give a --tokenizer that fits.")
        : EmbeddedTokenizer.LearnAsync(
            new WorkshopTaskSource(new WorkshopOptions(Apis: WorkshopOptions.AllApis), 1, diagnose: null), Math.Min(new PolicyOptions().Vocabulary, vocabulary), cancel);

    /// <summary>The shape with the tokenizer's own end marks.</summary>
    private static ModelConfiguration Fit(ModelConfiguration shape, Tokenizer tokenizer) => tokenizer.VocabularySize <= shape.VocabularySize
        ? shape with { EndTokens = DialogueFormats.Of(tokenizer).StopTokens, BeginToken = tokenizer.Settings.BeginOfText is { } begin ? tokenizer.IdOf(begin) : null }
        : throw new UserErrorException($"The tokenizer has {tokenizer.VocabularySize} tokens and the shape a vocabulary of {shape.VocabularySize}. Give a --tokenizer that fits.");

    private static void Tell(Shell shell, string folder, ModelConfiguration configuration, long parameters, bool half)
    {
        shell.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {configuration.Family}, {parameters:N0} parameters, {(half ? "bfloat16" : "single precision")}."));
        shell.Out.WriteLine(
            $"Training needs about {Figures.Memory(TrainingMemory.Needed(configuration, null))} for all weights, or {Figures.Memory(TrainingMemory.Needed(configuration, new LoraOptions()))} for adapters (policy.lora_rank), and 0.3 to 5 GiB for activations and cache; {Figures.Memory(TrainingMemory.Available())} are free here.");
        shell.Out.WriteLine($"Talk to it: fission chat {CommandLine.Word(folder)}    train it: fission train {Profiles.LineFor(folder, configuration.MaxPositions)}");
    }
}
