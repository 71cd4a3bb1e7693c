using System.Collections.Immutable;
using System.Threading.Channels;
using FissionGrpo.Model.Adapters;
using FissionGrpo.Model.Checkpoints;
using FissionGrpo.Model.Configuration;
using FissionGrpo.Model.Decoding;
using FissionGrpo.Model.Weights;
using FissionGrpo.Seeds;

namespace FissionGrpo.Model.Policy;

/// <summary>
/// The in-process policy: a transformer on the CPU. One thread owns model, cache and optimizer; calls come to it through a queue and may be made
/// from any thread. Calls act in the order in which they were made: samples asked for before an optimizer step see the old weights, those
/// after it the new ones, and all samples in flight are batched together.
/// </summary>
public sealed class TransformerPolicy : IPolicy, IDisposable
{
    private readonly TransformerEngine _engine;
    private readonly DecodeLoop _decoder;
    private readonly Channel<Command> _commands = Channel.CreateUnbounded<Command>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<Command> _ready = new();
    private readonly Thread _owner;

    private TransformerPolicy(ModelWeights weights, EngineOptions options)
    {
        _engine = new TransformerEngine(weights, options);
        _decoder = new DecodeLoop(_engine, options.CacheBytes);
        _owner = new Thread(Serve) { IsBackground = true, Name = "policy" };
        _owner.Start();
    }

    /// <summary>The model's shape.</summary>
    public ModelConfiguration Configuration => _engine.Weights.Configuration;

    /// <summary>Tokens that sampling has computed so far, prefixes included. What the prefix cache saves does not count.</summary>
    public long TokensComputed => _decoder.TokensComputed;

    /// <summary>A model with fresh weights.</summary>
    /// <param name="configuration">Its shape.</param>
    /// <param name="seed">Where its weights come from.</param>
    /// <param name="options">How it uses the machine; null for the defaults.</param>
    /// <exception cref="ArgumentException">No model can have this shape.</exception>
    public static TransformerPolicy Create(ModelConfiguration configuration, Seed seed, EngineOptions? options = null)
    {
        if (configuration.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(configuration));
        options = Checked(options);
        return new TransformerPolicy(ModelWeights.Initialise(configuration, seed), options);
    }

    /// <summary>
    /// Loads a checkpoint in Hugging Face layout. With <see cref="EngineOptions.Lora"/> it is the base of fresh adapters; saved adapters are read
    /// into them by <see cref="LoadAsync"/>.
    /// </summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="withOptimizer">Whether to load the optimizer's state that <see cref="SaveAsync"/> wrote beside it.</param>
    /// <param name="options">How it uses the machine; null for the defaults.</param>
    /// <exception cref="CheckpointException">The folder does not hold such a checkpoint.</exception>
    public static TransformerPolicy Load(string folder, bool withOptimizer = false, EngineOptions? options = null)
    {
        options = Checked(options);
        if (options.KeepBFloat16 && (withOptimizer || options.Lora is not null))
            throw new ArgumentException("weights kept as bfloat16 cannot be trained: leave out the optimizer and the adapters, or load in single precision", nameof(options));
        if (options.Lora is { } adapters)
            options = options with { Lora = adapters with { BaseModel = Path.GetFullPath(folder) } };
        var weights = ReadWeights(folder, options.KeepBFloat16);
        var policy = new TransformerPolicy(weights, options);
        try
        {
            if (withOptimizer)
                policy._engine.LoadOptimizer(folder);
            return policy;
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }

    /// <summary>Whether every matrix of a checkpoint is stored as bfloat16, so that <see cref="EngineOptions.KeepBFloat16"/> loses nothing.</summary>
    /// <param name="folder">In Hugging Face layout.</param>
    /// <exception cref="CheckpointException">The folder does not hold such a checkpoint.</exception>
    public static bool IsBFloat16(string folder)
    {
        using var checkpoint = CheckpointFolder.Open(folder);
        return ParameterLayout.Of(checkpoint.Configuration).Parameters.Where(p => !p.IsOneDimensional).All(p => checkpoint.FileOf(p).Entry(p.Name).Type is TensorType.BF16);
    }

    /// <summary>The adapters that are trained instead of the weights; null in full training.</summary>
    public LoraOptions? Adapters => _engine.Adapters?.Options;

    /// <inheritdoc/>
    public Task<ImmutableArray<SampledTokens>> SampleAsync(SampleRequest request, CancellationToken cancel)
    {
        Check(request);
        var decode = new DecodeRequest(request, cancel);
        if (request.Count == 0 || request.MaxTokens == 0)
            decode.FinishEmpty();
        else
            Send(new Command.Sample(decode));
        return decode.Result;
    }

    /// <inheritdoc/>
    public Task<ForwardBackwardResult> ForwardBackwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel) =>
        Run(() => _engine.Run(batch, loss, gradients: true), changesWeights: false, cancel);

    /// <inheritdoc/>
    public Task<ForwardBackwardResult> ForwardAsync(TrainingBatch batch, LossOptions loss, CancellationToken cancel) =>
        Run(() => _engine.Run(batch, loss, gradients: false), changesWeights: false, cancel);

    /// <inheritdoc/>
    public Task<OptimStepResult> OptimStepAsync(AdamOptions adam, CancellationToken cancel) =>
        Run(() => _engine.Step(adam), changesWeights: true, cancel);

    /// <inheritdoc/>
    public Task SaveAsync(string folder, bool withOptimizer, CancellationToken cancel) =>
        Run(() => Do(() => _engine.Save(folder, withOptimizer)), changesWeights: false, cancel);

    /// <inheritdoc/>
    public Task LoadAsync(string folder, bool withOptimizer, CancellationToken cancel) =>
        Run(() => Do(() => _engine.Load(folder, withOptimizer)), changesWeights: true, cancel);

    /// <summary>Writes the weights with the adapters merged into them, as a checkpoint of its own that needs no adapters.</summary>
    public Task SaveMergedAsync(string folder, CancellationToken cancel) =>
        Run(() => Do(() => _engine.SaveMerged(folder)), changesWeights: false, cancel);

    /// <summary>Ends the owner's thread and frees the memory. Calls in flight fail.</summary>
    public void Dispose()
    {
        if (!_commands.Writer.TryComplete())
            return;
        _owner.Join();
        _decoder.Dispose();
        _engine.Dispose();
    }

    private static EngineOptions Checked(EngineOptions? options)
    {
        options ??= new EngineOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads);
        ArgumentOutOfRangeException.ThrowIfNegative(options.CacheBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(options.TokensPerPass);
        ArgumentOutOfRangeException.ThrowIfNegative(options.ActivationBytes);
        if (options.Lora?.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        return options;
    }

    private static ModelWeights ReadWeights(string folder, bool frozen)
    {
        var checkpoint = CheckpointFolder.Open(folder);
        ModelWeights? weights = null;
        try
        {
            if (frozen)
                return ModelWeights.Frozen(checkpoint);
            weights = new ModelWeights(checkpoint.Configuration);
            checkpoint.ReadInto(weights);
            checkpoint.Dispose();
            return weights;
        }
        catch
        {
            weights?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    private static bool Do(Action action)
    {
        action();
        return true;
    }

    private void Check(SampleRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(request.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(request.MaxTokens);
        BatchCheck.CheckTokens(request.Prefix, Configuration, "the prefix");
        if (request.Prefix.Length + (long)request.MaxTokens > Configuration.MaxPositions)
            throw new ArgumentException($"a prefix of {request.Prefix.Length} tokens and {request.MaxTokens} more exceed the model's longest sequence, {Configuration.MaxPositions}", nameof(request));
        var s = request.Sampling;
        if (!(s.Temperature >= 0) || float.IsInfinity(s.Temperature) || s.TopK < 0 || !(s.TopP >= 0 && s.TopP <= 1) || !(s.MinP >= 0 && s.MinP <= 1))
            throw new ArgumentException($"{s} is no distribution: temperature from 0, top-k from 0, top-p and min-p from 0 to 1", nameof(request));
    }

    private async Task<T> Run<T>(Func<T> work, bool changesWeights, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(new Command.Work(
            () =>
            {
                if (cancel.IsCancellationRequested)
                    result.TrySetCanceled(cancel);
                else
                    result.TrySetResult(work());
            },
            failure => result.TrySetException(failure),
            changesWeights));
        return await result.Task;
    }

    private void Send(Command command)
    {
        ObjectDisposedException.ThrowIf(!_commands.Writer.TryWrite(command), this);
    }

    /// <summary>The owner's loop: takes commands in order, lets weights change only when nothing is being sampled, and steps the decoder in between.</summary>
    private void Serve()
    {
        while (true)
        {
            while (_commands.Reader.TryRead(out var command))
                _ready.Enqueue(command);
            TakeCommands();
            if (!_decoder.Idle)
                _decoder.Step();
            else if (_ready.Count == 0 && !_commands.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                break;
            if (_commands.Reader.Completion.IsCompleted)
                break;
        }
        foreach (var command in _ready)
            command.Fail(new ObjectDisposedException(nameof(TransformerPolicy)));
    }

    private void TakeCommands()
    {
        while (_ready.TryPeek(out var command))
        {
            if (command is Command.Sample sample)
                _decoder.Add(sample.Request);
            else if (command is Command.Work work && (!work.ChangesWeights || _decoder.Idle))
                Do(work);
            else
                return;
            _ready.Dequeue();
        }
    }

    private void Do(Command.Work work)
    {
        try
        {
            if (work.ChangesWeights)
                _decoder.WeightsChanged();
            work.Action();
        }
        catch (Exception failure)
        {
            work.Fail(failure);
        }
    }

    private abstract record Command
    {
        public abstract void Fail(Exception failure);

        public sealed record Sample(DecodeRequest Request) : Command
        {
            public override void Fail(Exception failure) => Request.Fail(failure);
        }

        public sealed record Work(Action Action, Action<Exception> Failed, bool ChangesWeights) : Command
        {
            public override void Fail(Exception failure) => Failed(failure);
        }
    }
}
