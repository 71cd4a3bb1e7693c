using FissionGrpo.Environments.Python;

namespace FissionGrpo.Environments.Bfcl.Api;

/// <summary><c>TwitterAPI</c>: posting, comments, following (specification section 9).</summary>
internal sealed class TwitterApi(BfclConstants constants) : ApiClass(Type, constants)
{
    private const int Username = 0;
    private const int Password = 1;
    private const int Authenticated = 2;
    private const int TweetsAt = 3;
    private const int CommentsAt = 4;
    private const int RetweetsAt = 5;
    private const int FollowingAt = 6;
    private const int Counter = 7;
    private const int DefaultTags = 8;
    private const int DefaultMentions = 9;

    /// <summary>Stands for "the default list of this parameter", which Python makes once and keeps (specification section 4).</summary>
    private static readonly PyObject SharedDefault = new DefaultMark();

    public static readonly new ApiType Type = new(
        "TwitterAPI",
        [
            Attribute("username"), Attribute("password"), Attribute("authenticated", false), Container("tweets", () => new PyDict()),
            Container("comments", () => new PyDict()), Container("retweets", () => new PyDict()), Container("following_list", () => new PyList()),
            Attribute("tweet_counter", 0), Container("_default_tags", () => new PyList(), compared: false),
            Container("_default_mentions", () => new PyList(), compared: false),
        ],
        new MethodTable<TwitterApi>("TwitterAPI")
            .Sets("authenticate_twitter", (t, a) => t.Authenticate(a[0], a[1]), Required("username"), Required("password"))
            .Reads("posting_get_login_status", (t, _) => new PyDict(("login_status", PyOps.IsTrue(t[Authenticated]))))
            .Changes("post_tweet", (t, a) => t.Post(a[0], a[1], a[2]), Required("content"), Optional("tags", SharedDefault), Optional("mentions", SharedDefault))
            .Changes("retweet", (t, a) => t.Retweet(a[0]), Required("tweet_id"))
            .Changes("comment", (t, a) => t.Comment(a[0], a[1]), Required("tweet_id"), Required("comment_content"))
            .Changes("mention", (t, a) => t.Mention(a[0], a[1]), Required("tweet_id"), Required("mentioned_usernames"))
            .Changes("follow_user", (t, a) => t.Follow(a[0]), Required("username_to_follow"))
            .Reads("list_all_following", (t, _) => t.ListFollowing())
            .Changes("unfollow_user", (t, a) => t.Unfollow(a[0]), Required("username_to_unfollow"))
            .Reads("get_tweet", (t, a) => t.Tweets.TryGetValue(a[0], out var tweet) ? tweet : NotFound(a[0]), Required("tweet_id"))
            .Reads("get_user_tweets", (t, a) => t.UserTweets(a[0]), Required("username"))
            .Reads("search_tweets", (t, a) => t.Search(a[0]), Required("keyword"))
            .Reads("get_tweet_comments", (t, a) => t.CommentsOn(a[0]), Required("tweet_id"))
            .Reads("get_user_stats", (t, a) => t.Statistics(a[0]), Required("username"))
            .Build(),
        constants => new TwitterApi(constants));

    private PyDict Tweets => (PyDict)this[TweetsAt].Reference!;

    private PyDict Comments => (PyDict)this[CommentsAt].Reference!;

    private PyDict Retweets => (PyDict)this[RetweetsAt].Reference!;

    private PyList Following => (PyList)this[FollowingAt].Reference!;

    public override bool ShareWith(ApiClass other)
    {
        var twitter = (TwitterApi)other;
        twitter[DefaultTags] = this[DefaultTags];
        twitter[DefaultMentions] = this[DefaultMentions];
        return true;
    }

    protected override void Loaded(PyDict? scenario)
    {
        var tweets = new PyDict(Tweets.Count);
        for (var i = 0; i < Tweets.Count; i++)
            tweets[PyNumber.ToInt(Tweets.Keys[i])] = Tweets.Values[i];
        this[TweetsAt] = tweets;
    }

    private static PyDict NotFound(PyValue id) => Error($"Tweet with ID {id} not found.");

    private PyDict? Refusal(string action) =>
        PyOps.IsTrue(this[Authenticated]) ? null : Error($"User not authenticated. Please authenticate before {action}.");

    private PyDict Authenticate(PyValue user, PyValue password)
    {
        var accepted = PyOps.EqualOrSame(user, this[Username]) && PyOps.EqualOrSame(password, this[Password]);
        if (accepted)
            this[Authenticated] = true;
        return new PyDict(("authentication_status", accepted));
    }

    private PyDict Post(PyValue content, PyValue tags, PyValue mentions)
    {
        if (Refusal("posting") is { } refusal)
            return refusal;
        var tweet = new PyDict(
            ("id", this[Counter]), ("username", this[Username]), ("content", content),
            ("tags", ReferenceEquals(tags.Reference, SharedDefault) ? this[DefaultTags] : tags),
            ("mentions", ReferenceEquals(mentions.Reference, SharedDefault) ? this[DefaultMentions] : mentions));
        Tweets[this[Counter]] = tweet;
        this[Counter] = PyNumber.Add(this[Counter], 1, "+=");
        return tweet;
    }

    private PyDict Retweet(PyValue id)
    {
        if (Refusal("retweeting") is { } refusal)
            return refusal;
        if (!Tweets.ContainsKey(id))
            return NotFound(id);
        if (!Retweets.TryGetValue(this[Username], out var mine))
            Retweets[this[Username]] = mine = new PyList();
        var list = (PyList)mine.Reference!;
        if (list.IndexOf(id) >= 0)
            return new PyDict(("retweet_status", "Already retweeted"));
        list.Add(id);
        return new PyDict(("retweet_status", "Successfully retweeted"));
    }

    private PyDict Comment(PyValue id, PyValue content)
    {
        if (Refusal("commenting") is { } refusal)
            return refusal;
        if (!Tweets.ContainsKey(id))
            return NotFound(id);
        if (!Comments.TryGetValue(id, out var known))
            Comments[id] = known = new PyList();
        ((PyList)known.Reference!).Add(new PyDict(("username", this[Username]), ("content", content)));
        return new PyDict(("comment_status", "Comment added successfully"));
    }

    private PyDict Mention(PyValue id, PyValue users)
    {
        if (!Tweets.TryGetValue(id, out var tweet))
            return NotFound(id);
        var mentions = ((PyDict)tweet.Reference!)["mentions"];
        if (!mentions.TryGet<PyList>(out var list))
            throw PyException.NoAttribute(mentions, "extend");
        list.AddRange(PyOps.Iterate(users).ToArray());
        return new PyDict(("mention_status", "Users mentioned successfully"));
    }

    private PyDict Follow(PyValue user)
    {
        if (Refusal("following") is { } refusal)
            return refusal;
        var isNew = Following.IndexOf(user) < 0;
        if (isNew)
            Following.Add(user);
        return new PyDict(("follow_status", isNew));
    }

    private PyDict ListFollowing() => Refusal("listing following") ?? new PyDict(("following_list", Following));

    private PyDict Unfollow(PyValue user)
    {
        if (Refusal("unfollowing") is { } refusal)
            return refusal;
        var at = Following.IndexOf(user);
        if (at >= 0)
            Following.RemoveAt(at);
        return new PyDict(("unfollow_status", at >= 0));
    }

    private PyList UserTweets(PyValue user)
    {
        var tweets = new PyList();
        foreach (var tweet in Tweets.Values)
            if (PyOps.EqualOrSame(((PyDict)tweet.Reference!)["username"], user))
                tweets.Add(tweet);
        return tweets;
    }

    private PyList Search(PyValue keyword)
    {
        var tweets = new PyList();
        foreach (var item in Tweets.Values)
        {
            var tweet = (PyDict)item.Reference!;
            var wanted = PyMethods.LowerOf(keyword);
            if (PyOps.Contains(PyMethods.LowerOf(tweet["content"]), wanted) || HasTag(tweet["tags"], wanted))
                tweets.Add(item);
        }
        return tweets;
    }

    // Python builds the whole list of lower-cased tags before it looks, so a tag that is no string raises even after a match.
    private static bool HasTag(PyValue tags, PyValue wanted) => new PyList([.. PyOps.Iterate(tags).Select(PyMethods.LowerOf)]).IndexOf(wanted) >= 0;

    private PyValue CommentsOn(PyValue id)
    {
        if (!Tweets.ContainsKey(id))
            return NotFound(id);
        return Comments.TryGetValue(id, out var comments) ? comments : new PyList();
    }

    private PyDict Statistics(PyValue user)
    {
        var following = PyOps.EqualOrSame(user, this[Username]) ? Following.Count : 0;
        var retweets = Retweets.TryGetValue(user, out var list) ? PyMethods.Length(list) : 0;
        return new PyDict(("tweet_count", UserTweets(user).Count), ("following_count", following), ("retweet_count", retweets));
    }

    private sealed class DefaultMark : PyObject
    {
        public override string TypeName => "list";
    }
}
