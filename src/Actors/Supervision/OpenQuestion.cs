using Akka.Actor;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Joining;
using StreamNer.Inference.Rules;

namespace StreamNer.Actors.Supervision;

/// <summary>
/// One question to the models and the rules, and what is known of their answers. Belongs to the root alone, but for <see cref="Question"/>.
/// </summary>
internal sealed class OpenQuestion
{
    private readonly IReadOnlyList<DocumentOutcome>?[] _outcomes;
    private readonly RuleMatches[] _matches;
    private int _openModels;
    private int _openMatches;

    /// <param name="number">Names it, once for each root.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="models">Numbers of the models that are asked.</param>
    /// <param name="rules">Whether rules are asked too.</param>
    /// <param name="replyTo">Who asks.</param>
    /// <param name="askedAt">Time stamp of the root's clock.</param>
    public OpenQuestion(long number, Question question, int[] models, bool rules, IActorRef replyTo, long askedAt)
    {
        Number = number;
        Question = question;
        Models = models;
        ReplyTo = replyTo;
        AskedAt = askedAt;
        _outcomes = new IReadOnlyList<DocumentOutcome>?[models.Length];
        _matches = rules ? new RuleMatches[question.Documents.Count] : [];
        (_openModels, _openMatches) = (models.Length, _matches.Length);
    }

    public long Number { get; }

    public Question Question { get; }

    /// <summary>Numbers of the models that are asked.</summary>
    public int[] Models { get; }

    public IActorRef ReplyTo { get; }

    public long AskedAt { get; }

    /// <summary>Of all its texts.</summary>
    public long Characters => Question.Characters;

    /// <summary>Stops listening to whoever might call the question back.</summary>
    public CancellationTokenRegistration CallBack { get; set; }

    /// <summary>Whether everybody has answered.</summary>
    public bool IsComplete => _openModels == 0 && _openMatches == 0;

    /// <summary>Whether the rules have not answered for every document.</summary>
    public bool WaitsForRules => _openMatches > 0;

    /// <summary>Whether a model was asked and has not answered.</summary>
    public bool WaitsFor(int model) => Array.IndexOf(Models, model) is var place and >= 0 && _outcomes[place] is null;

    /// <summary>Adds what a model says of the documents.</summary>
    public void Add(int model, IReadOnlyList<DocumentOutcome> outcomes)
    {
        var place = Array.IndexOf(Models, model);
        if (_outcomes[place] is null)
            _openModels--;
        _outcomes[place] = outcomes;
    }

    /// <summary>Adds the matches of some documents in a row.</summary>
    public void Add(int from, RuleMatches[] matches)
    {
        matches.CopyTo(_matches, from);
        _openMatches -= matches.Length;
    }

    /// <summary>The outcomes of the one model that was asked, as they are.</summary>
    public IReadOnlyList<DocumentOutcome> Outcomes() => _outcomes[0]!;

    /// <summary>The joined outcomes, once everybody has answered. A document that can't be joined fails alone.</summary>
    /// <param name="join">Joins what is known of one document.</param>
    /// <param name="onFailure">Is told what went wrong with a document.</param>
    public IReadOnlyList<DocumentOutcome> Joined(JoinDocument join, Action<Document, Exception> onFailure)
    {
        var documents = Question.Documents;
        var joined = new DocumentOutcome[documents.Count];
        var ofDocument = new DocumentOutcome[Models.Length];
        for (var i = 0; i < joined.Length; i++)
        {
#pragma warning disable CA1031 // Whatever a document does to the join, it must cost that document alone, not the actors of all models.
            try
            {
                for (var place = 0; place < ofDocument.Length; place++)
                    ofDocument[place] = _outcomes[place]![i];
                joined[i] = join(documents[i], Models, ofDocument, _matches.Length == 0 ? RuleMatches.None : _matches[i]);
            }
            catch (Exception e)
            {
                onFailure(documents[i], e);
                joined[i] = new DocumentOutcome.Failed(
                    FailureStage.Infer, FailureCode.InferenceFailed, $"what the models say of it can't be joined: {e.GetType().Name}");
            }
#pragma warning restore CA1031
        }

        return joined;
    }

    /// <summary>Joins what the models and the rules say of one document; as <see cref="OutcomeJoiner.Join"/>.</summary>
    public delegate DocumentOutcome JoinDocument(
        Document document, ReadOnlySpan<int> asked, ReadOnlySpan<DocumentOutcome> outcomes, RuleMatches matches);
}
