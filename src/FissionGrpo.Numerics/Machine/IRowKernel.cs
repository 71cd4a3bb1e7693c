namespace FissionGrpo.Numerics.Machine;

/// <summary>Work on one of many independent items. A struct, so that the JIT specialises the loop and nothing is allocated.</summary>
public interface IRowKernel
{
    /// <summary>Does item <paramref name="item"/>. May run on any thread of the team, in any order.</summary>
    void Invoke(int item);
}

/// <summary>Like <see cref="IRowKernel"/>, for work that needs memory of its own per thread.</summary>
public interface ITileKernel
{
    /// <summary>Does item <paramref name="item"/> on worker <paramref name="worker"/> (0 to <see cref="ThreadTeam.Threads"/> − 1).</summary>
    void Invoke(int item, int worker);
}
