using System.Collections.Immutable;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Actors.Recognition;

/// <summary>What the recognition actors of one model are built from. Immutable, any thread.</summary>
internal sealed record RecognitionSetup
{
    /// <summary>Name of the model; part of the actor's path, tag of its metrics.</summary>
    public required string Model { get; init; }

    /// <summary>Hash of its files; empty where nobody compares it.</summary>
    public string Hash { get; init; } = "";

    /// <summary>What this node does in its cluster; null without one.</summary>
    public PoolSetup? Pool { get; init; }

    /// <summary>Makes a tokenizer for one actor.</summary>
    public required Func<DocumentTokenizer> CreateTokenizer { get; init; }

    /// <summary>Longest window in tokens, special pieces included.</summary>
    public required int LongestWindow { get; init; }

    /// <summary>Loads the model onto lanes.</summary>
    public required ITokenClassifierFactory Classifiers { get; init; }

    /// <summary>The model's labels.</summary>
    public required LabelScheme Labels { get; init; }

    /// <summary>The special pieces of its tokenizer.</summary>
    public required SpecialPieces Special { get; init; }

    /// <summary>Highest id of a piece that its tokenizer gives; what other nodes send is held against it.</summary>
    public int HighestPiece { get; init; } = int.MaxValue;

    /// <summary>The lanes, one or more; none on a node of a cluster that has no devices.</summary>
    public required IReadOnlyList<LaneSpec> Lanes { get; init; }

    /// <summary>How windows are put together.</summary>
    public BatchingOptions Batching { get; init; } = new();

    /// <summary>How the actors work.</summary>
    public RecognitionOptions Options { get; init; } = new();

    /// <summary>The clock by which waits and runs are measured.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Number of tokenizer actors.</summary>
    public int Tokenizers => Options.Tokenizers > 0 ? Options.Tokenizers : Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>What one batch may cost on these lanes.</summary>
    public PaddedTokenBudget Budget => Batching.Budget(gpu: Lanes.Any(lane => lane.IsGpu), LongestWindow);

    /// <summary>The batches that its lanes get.</summary>
    public BatchShapes Shapes => new(Budget, LongestWindow);

    /// <summary>Name of a model's actor, made of what a path may hold.</summary>
    public static string ActorNameOf(string model) =>
        "model-" + string.Concat(model.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));

    /// <summary>Sets up the actors for a model folder.</summary>
    public static RecognitionSetup For(
        ModelFolder folder, IReadOnlyList<LaneSpec> lanes, WindowOptions windows, BatchingOptions batching, RecognitionOptions options,
            WordOptions? words = null) => new()
            {
                Model = folder.Description.Name,
                Hash = folder.Description.Hash,
                CreateTokenizer = () => new DocumentTokenizer(
                    folder.Tokenizer, folder.Description.MaxPieces, windows, words, folder.HasLearnedTransitions,
                    folder.Description.Labels.Length),
                LongestWindow = DocumentTokenizer.LongestWindowOf(folder.Tokenizer, folder.Description.MaxPieces, windows),
                Classifiers = folder.Classifiers,
                Labels = folder.Labels,
                WordProblems = words is null ? [] : [.. folder.Labels.Problems(words)],
                Special = folder.Tokenizer.Special,
                HighestPiece = folder.Tokenizer.VocabularySize - 1,
                Lanes = lanes,
                Batching = batching,
                Options = options,
            };

    /// <summary>What the options of words ask of the labels that they don't have.</summary>
    public ImmutableArray<string> WordProblems { get; init; } = [];

    /// <summary>Says what in the configuration does not fit the model; empty when all does.</summary>
    public ImmutableArray<string> Problems() => [.. WordProblems, .. PoolSetup.Problems(this), .. WindowProblems()];

    private IEnumerable<string> WindowProblems()
    {
        if (DocumentTokenizer.RoomProblem(LongestWindow, Special.Count) is { } noRoom)
        {
            yield return noRoom;
        }
        else if (Budget.MaxPaddedTokens < LongestWindow)
        {
            yield return $"{BatchingOptions.Section}:MaxPaddedTokens {Budget.MaxPaddedTokens} can't hold one window of {LongestWindow} "
                + $"pieces: raise it, or lower {WindowOptions.Section}:MaxPieces";
        }
    }
}

/// <summary>Who labels: one model or several, with rules or without. Immutable, any thread.</summary>
internal sealed record EnsembleSetup
{
    /// <summary>The models, one or more, in order; their names differ.</summary>
    public required ImmutableArray<RecognitionSetup> Models { get; init; }

    /// <summary>The rules beside them, or null.</summary>
    public EntityRules? Rules { get; init; }

    /// <summary>Names of the models, in order.</summary>
    public ImmutableArray<string> Names => [.. Models.Select(model => model.Model)];

    /// <summary>Whether one model labels alone: its outcomes then are the answer, nothing is joined.</summary>
    public bool IsSingle => Models.Length == 1 && Rules is null;

    /// <summary>Says what in the configuration does not fit the models; empty when all does.</summary>
    public ImmutableArray<string> Problems() =>
        [.. Models.SelectMany(model =>
            model.Problems().Select(problem => Models.Length == 1 ? problem : $"model {model.Model}: {problem}"))];
}
