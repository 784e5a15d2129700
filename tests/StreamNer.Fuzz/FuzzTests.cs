using System.Text;
using StreamNer.Host.Web;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Expressions;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Wire;
using StreamNer.Tools.Evaluation;

namespace StreamNer.Fuzz;

/// <summary>What is read from outside survives whatever it is given. See README.md.</summary>
public sealed class FuzzTests(ITestOutputHelper output) : IDisposable
{
    private const string Text = "Angela Merkel <mask> visited Zürich — 3.5 million, 東京 💔 aaaa  ﬁ ½ e\u0301 \u0001 a-b-c 2024-01-31\r\n";

    private static readonly string[] Json = ["{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "true", "\uFEFF"];

    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-fuzz-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_tokenizer_json()
    {
        var path = Path.Combine(_folder, "tokenizer.json");
        string[] words =
        [
            .. Json, "\"NFC\"", "\"NFKD\"", "\"Replace\"", "\"Split\"", "\"Prepend\"", "\"Lowercase\"", "\"Strip\"", "\"Metaspace\"",
            "\"ByteLevel\"", "\"Digits\"", "\"Whitespace\"", "\"Punctuation\"", "\"Sequence\"", "\"WordLevel\"", "\"Unigram\"", "\"BPE\"",
            "\"WordPiece\"", "\"Removed\"", "\"Contiguous\"", "\"MergedWithNext\"", "(a*)*", "a|aa", "\\\\p{L}+", "[^a]", "##", "\u2581",
        ];
        FuzzRun.Of("tokenizer", Seeds.Tokenizers, words, Load, output);

        string? Load(byte[] input)
        {
            File.WriteAllBytes(path, input);
            var problems = new List<string>();
            if (TokenizerLoader.Load(_folder, problems) is not { } tokenizer)
                return Told(problems);
            var pieces = new PieceBuffer();
            try
            {
                tokenizer.CreateEncoder().Encode(Text, pieces);
                tokenizer.CreateWordEncoder().Encode(Text, pieces);
            }
            catch (TokenizationException)
            {
                // What a text can become is bounded.
            }

            return null;
        }
    }

    [Fact]
    public void An_expression()
    {
        string[] words =
        [
            "(?i:", "(?=", "(?!", "(?<=", "(?>", ")", "|", "*", "+", "?", "*?", "++", "{2,9}", "{1000}", "[^", "]", "\\p{L}", "\\s",
            "\\b", "^", "$", ".",
        ];
        FuzzRun.Of("expression", Seeds.Expressions, words, Cut, output);

        static string? Cut(byte[] input)
        {
            if (Expression.Parse(Encoding.UTF8.GetString(input), out var problem) is not { } expression)
                return problem;
            var aligned = new AlignedText();
            foreach (var text in new[] { Text, new string('a', 3_000), new string(' ', 3_000) })
            {
                aligned.Begin(text.Length);
                try
                {
                    expression.Cut(text, aligned.Scratch);
                }
                catch (TokenizationException)
                {
                    // So is the time that it takes.
                }
            }

            return null;
        }
    }

    [Fact]
    public void Rules()
    {
        var path = Path.Combine(_folder, "rules.jsonl");
        string[] words = [.. Json, "\"label\"", "\"pattern\"", "\"regex\"", "\"LOWER\"", "\"id\"", "(a+)+b", "\n"];
        FuzzRun.Of("rules", Seeds.Rules, words, Read, output);

        string? Read(byte[] input)
        {
            File.WriteAllBytes(path, input);
            var problems = new List<string>();
            return EntityRules.Load(new RuleOptions { Path = path }, problems) is null ? Told(problems) : null;
        }
    }

    [Fact]
    public void A_record()
    {
        var reader = new RecordReader(new ReadingOptions());
        string[] types =
            ["text/plain", "application/json", "application/cloudevents+json", "application/json; charset=utf-8", "\"", ";", "\0"];
        FuzzRun.Of("record", Seeds.Records, [.. Json, "\"text\"", "\"data\"", "\"data_base64\"", "\"specversion\"", "1.0"], Read, output);

        string? Read(byte[] input)
        {
            // As plain text all is right that is UTF-8; as its own kind it says something else.
            var texts = new HashSet<string>();
            var refused = "";
            foreach (var type in types)
            {
                RecordHeader[] headers = [new RecordHeader("content-type", Encoding.UTF8.GetBytes(type)), new RecordHeader("ce_id", input)];
                reader.Read(new KafkaRecord(Seeds.Partition, 0, input, input, headers, null));
                var read = reader.Read(new KafkaRecord(Seeds.Partition, 0, null, input, headers[..1], null));
                if (read.Document is { } document)
                    texts.Add(document.Text);
                else
                    refused += read.Failure?.Message + "; ";
            }

            return texts.Count > (input.AsSpan().StartsWith("{"u8) ? 1 : 0) ? null : refused;
        }
    }

    [Fact]
    public void A_config_json()
    {
        var path = Path.Combine(_folder, "config.json");
        string[] words =
            [.. Json, "\"id2label\"", "\"model_type\"", "\"roberta\"", "\"max_position_embeddings\"", "\"pad_token_id\"", "\"B-PER\""];
        FuzzRun.Of("config", Seeds.Configs, words, Read, output);

        string? Read(byte[] input)
        {
            File.WriteAllBytes(path, input);
            var problems = new List<string>();
            return ModelConfig.Read(path, problems) is null ? Told(problems) : null;
        }
    }

    [Fact]
    public void A_conll_file()
    {
        var path = Path.Combine(_folder, "test.conll");
        FuzzRun.Of("conll", Seeds.Corpora, ["\t", "\n", "\n\n", "#", "-DOCSTART-", "B-PER", "1-2", "1.1", "\uFEFF", "\u001f"],
            Read, output);

        string? Read(byte[] input)
        {
            File.WriteAllBytes(path, input);
            ConllFile.Read(path, 2, 4, []);
            var problems = new List<string>();
            return ConllFile.Read(path, null, null, problems).Count > 0 ? null : Told(problems);
        }
    }

    [Fact]
    public void A_body_of_http() =>
        FuzzRun.Of(
            "body", Seeds.Bodies, [.. Json, "\"text\"", "\"texts\"", "\"words\"", "\"model\"", "\"tokens\""],
            input => LabelRequest.Read(input, 3, out var problem) is null ? problem : null, output);

    [Fact]
    public void An_onnx_file()
    {
        var path = Path.Combine(_folder, "model.onnx");
        FuzzRun.Of("onnx", Seeds.Graphs, ["input_ids", "attention_mask", "logits", "\b\u0001", "\u0012"], Read, output);

        string? Read(byte[] input)
        {
            File.WriteAllBytes(path, input);
            var problems = new List<string>();
            return OnnxInspector.Inspect(path, problems) is null ? Told(problems) : null;
        }
    }

    private static string Told(List<string> problems) => problems.Count > 0 ? string.Join("; ", problems) : "nobody says why";
}
