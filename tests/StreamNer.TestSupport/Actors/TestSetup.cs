using StreamNer.Actors;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport.Inference;

namespace StreamNer.TestSupport.Actors;

/// <summary>
/// A recognition setup with the word tokenizer and a scripted model: words that begin with a capital letter are <c>B-NAME</c>.
/// </summary>
internal static class TestSetup
{
    /// <summary>How long the test kit waits for what comes at once, unless the machine is busy. Its own default is three seconds.</summary>
    public const string PatientConf = "akka.test.single-expect-default = 30s\n";

    /// <summary>Akka's mechanics as the product ships them, with two threads for tokenizing.</summary>
    public static string AkkaConf => File.ReadAllText(Repository.File("config", "akka.conf"))
        + $"\n{DispatcherNames.Tokenizer}.dedicated-thread-pool.thread-count = 2\n" + PatientConf;

    /// <summary>
    /// Two models over one stream: the default one with its real lane, and a scripted tagger of words that begin with a capital letter.
    /// </summary>
    /// <param name="create">The classifier of one of the tagger's two lanes and how often that lane was started.</param>
    public static EnsembleSetup RealAndScripted(Func<LaneSpec, int, ITokenClassifier> create) => new()
    {
        Models =
        [
            RecognitionSetup.For(ModelFolder.Open(Repository.DefaultModel), LanePlan.Create([new DeviceOptions { Lanes = 1, Threads = 1 }],
                1), new WindowOptions(), new BatchingOptions(), new RecognitionOptions()),
            Of(create, lanes: 2, modelPieces: 64) with { Model = "capitals", Labels = LabelScheme.Recognise(["LOWER", "CAPITAL"]) },
        ],
    };

    /// <summary>The classifier of every lane, unless the test says otherwise.</summary>
    public static ScriptedClassifier Capitals() => new(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0);

    /// <param name="create">The classifier of a lane and how often that lane was started.</param>
    /// <param name="lanes">Number of lanes.</param>
    /// <param name="modelPieces">The model's longest input in pieces, special ones included.</param>
    public static RecognitionSetup Of(Func<LaneSpec, int, ITokenClassifier>? create = null, int lanes = 1, int modelPieces = 16)
    {
        var tokenizer = new WordTokenizer();
        return new RecognitionSetup
        {
            Model = "scripted",
            CreateTokenizer = () => new DocumentTokenizer(tokenizer, modelPieces, new WindowOptions { OverlapPieces = 2 }),
            LongestWindow = modelPieces,
            Classifiers = new ScriptedClassifiers(create ?? ((_, _) => Capitals())),
            Labels = LabelScheme.Recognise(["O", "B-NAME"]),
            Special = tokenizer.Special,
            Lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneSpec(lane, DeviceKind.Cpu, 0, Threads: 1, MemoryLimitBytes: 0))],
            Batching = new BatchingOptions { MaxPaddedTokens = 64, MaxQueuedTokens = 1_000 },
            Options = new RecognitionOptions
            {
                Tokenizers = 2,
                RestartMinBackoff = TimeSpan.FromMilliseconds(1),
                RestartMaxBackoff = TimeSpan.FromMilliseconds(5)
            },
        };
    }
}
