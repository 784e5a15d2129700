using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using static StreamNer.Actors.Tokenization.TokenizerProtocol;

namespace StreamNer.Actors.Tokenization;

/// <summary>Cuts documents into windows, on a thread of the tokenizers' own dispatcher. Holds its own buffers.</summary>
internal sealed class TokenizerActor : ReceiveActor
{
    private readonly RecognitionSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private DocumentTokenizer _tokenizer;

    public TokenizerActor(RecognitionSetup setup)
    {
        _setup = setup;
        _tokenizer = setup.CreateTokenizer();
        Receive<Tokenize>(OnTokenize);
    }

    public static Props Props(RecognitionSetup setup) =>
        Akka.Actor.Props.Create(() => new TokenizerActor(setup)).WithDispatcher(DispatcherNames.Tokenizer);

    private void OnTokenize(Tokenize message)
    {
        var chunk = message.Chunk;
        var started = Stopwatch.GetTimestamp();
        var documents = new List<(TokenizedDocument?, DocumentOutcome.Failed?)>(chunk.Count);
        for (var i = 0; i < chunk.Count && !chunk.Question.IsAbandoned; i++)
            documents.Add(Cut(chunk.Question.Documents[chunk.From + i]));
        var took = Stopwatch.GetElapsedTime(started);
        ActorsTelemetry.Tokenized(_setup.Model, took);
        Sender.Tell(new Tokenized(chunk, documents.Count == chunk.Count ? documents : [], took));
    }

    private (TokenizedDocument?, DocumentOutcome.Failed?) Cut(Document document)
    {
#pragma warning disable CA1031 // Whatever a text does to the tokenizer, it must cost that document alone, not the chunk that it came in.
        try
        {
            return (_tokenizer.Tokenize(document, out var failure), failure);
        }
        catch (Exception e)
        {
            _log.Error(e, "the tokenizer failed on a document of {Length} characters", document.Text.Length);
            _tokenizer = _setup.CreateTokenizer();
            return (null, new DocumentOutcome.Failed(
                FailureStage.Tokenize, FailureCode.TokenizerFailed, $"the tokenizer failed with {e.GetType().Name}"));
        }
#pragma warning restore CA1031
    }
}
