
namespace StreamNer.TestSupport.Kafka;

/// <summary>Holds the recogniser's answers back until the test opens it.</summary>
public sealed class RecogniserGate
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _held = new();
    private int _heldDocuments;
    private bool _open;

    /// <summary>Documents that were asked for and wait.</summary>
    public int HeldDocuments
    {
        get
        {
            lock (_lock)
                return _heldDocuments;
        }
    }

    /// <summary>Lets everything through, what is held first.</summary>
    public void Open()
    {
        Action[] held;
        lock (_lock)
        {
            _open = true;
            held = [.. _held];
            _held.Clear();
            _heldDocuments = 0;
        }

        foreach (var answer in held)
            answer();
    }

    /// <summary>Holds answers back again.</summary>
    public void Shut()
    {
        lock (_lock)
            _open = false;
    }

    internal void Pass(int documents, Action answer)
    {
        lock (_lock)
        {
            if (!_open)
            {
                _held.Enqueue(answer);
                _heldDocuments += documents;
                return;
            }
        }

        answer();
    }
}
