using Akka.Actor;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;

namespace StreamNer.Actors.Recognition;

/// <summary>One question to several models and the rules, and what is known of their answers. Belongs to the ensemble actor alone, but for the documents.</summary>
internal sealed class EnsembleJob
{
    private readonly IReadOnlyList<DocumentOutcome>?[] _outcomes;
    private readonly RuleMatches[] _matches;
    private int _openModels;
    private int _openMatches;

    /// <param name="documents">What is asked for; one or more.</param>
    /// <param name="models">Numbers of the models that are asked.</param>
    /// <param name="rules">Whether rules are asked too.</param>
    /// <param name="replyTo">Who asks.</param>
    public EnsembleJob(IReadOnlyList<Document> documents, int[] models, bool rules, IActorRef replyTo)
    {
        Documents = documents;
        Models = models;
        ReplyTo = replyTo;
        _outcomes = new IReadOnlyList<DocumentOutcome>?[models.Length];
        _matches = rules ? new RuleMatches[documents.Count] : [];
        (_openModels, _openMatches) = (models.Length, _matches.Length);
    }

    public IReadOnlyList<Document> Documents { get; }

    /// <summary>Numbers of the models that are asked.</summary>
    public int[] Models { get; }

    public IActorRef ReplyTo { get; }

    /// <summary>Whether everybody has answered.</summary>
    public bool IsComplete => _openModels == 0 && _openMatches == 0;

    /// <summary>Takes the answer of the model at a place among <see cref="Models"/>.</summary>
    public void Take(int place, IReadOnlyList<DocumentOutcome> outcomes)
    {
        if (_outcomes[place] is null)
            _openModels--;
        _outcomes[place] = outcomes;
    }

    /// <summary>Takes the matches of some documents in a row.</summary>
    public void Take(int from, RuleMatches[] matches)
    {
        matches.CopyTo(_matches, from);
        _openMatches -= matches.Length;
    }

    /// <summary>The joined answer, once everybody has answered.</summary>
    public RecognitionProtocol.Recognised Answer(OutcomeJoiner joiner)
    {
        var joined = new DocumentOutcome[Documents.Count];
        var ofDocument = new DocumentOutcome[Models.Length];
        for (var i = 0; i < joined.Length; i++)
        {
            for (var place = 0; place < ofDocument.Length; place++)
                ofDocument[place] = _outcomes[place]![i];
            joined[i] = joiner.Join(Documents[i], Models, ofDocument, _matches.Length == 0 ? RuleMatches.None : _matches[i]);
        }

        return new RecognitionProtocol.Recognised(joined);
    }
}
