using System.Text;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Loading;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>A model folder made for one test, gone after it.</summary>
internal sealed class ModelFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("streamner-").FullName;

    /// <summary>A folder with BERT's files in their old form.</summary>
    public static ModelFolder Bert(string[] vocabulary, string config = """{"do_lower_case": false}""") =>
        new ModelFolder().With("vocab.txt", string.Join('\n', vocabulary) + "\n").With("tokenizer_config.json", config);

    public ModelFolder With(string name, string content) => With(name, Encoding.UTF8.GetBytes(content));

    public ModelFolder With(string name, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    /// <summary>Loads a tokenizer that has no problems.</summary>
    public IPieceTokenizer Load(SubwordEngine engine = SubwordEngine.Own)
    {
        List<string> problems = [];
        var tokenizer = TokenizerLoader.Load(Path, problems, engine);
        Assert.Empty(problems);
        return tokenizer!;
    }

    /// <summary>The problems of a tokenizer that can't be loaded.</summary>
    public List<string> Problems(SubwordEngine engine = SubwordEngine.Own)
    {
        List<string> problems = [];
        Assert.Null(TokenizerLoader.Load(Path, problems, engine));
        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Assert.StartsWith(Path, problem));
        return problems;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
