"""Chat examples: questions in many phrasings with short, complete answers."""

import describe
import knowledge as k
import stories
import words
from grammar import NUMBERS, article, capital, listed, plural, say

WHO = ["I am Pebble, a small language model.", "I am Pebble, a small language model that writes simple English.",
       "My name is Pebble. I am a small language model.", "I am Pebble, a small model. I can answer simple questions and tell short stories."]

QUESTIONS = {
    "what": ["What is {a}?", "What is {a}?", "Can you tell me what {a} is?", "Please explain what {a} is.", "Tell me what {a} is.",
             "Explain the word {bare}.", "What does the word {bare} mean?", "Do you know what {a} is?", "what is {a}"],
    "use": ["What is {a} for?", "What is {a} used for?", "What can I do with {a}?", "Why do people use {a}?", "How do people use {a}?"],
    "where": ["Where can I find {a}?", "Where do you find {a}?", "Where is {a} found?"],
    "made": ["What is {a} made of?", "What are {many} made of?", "Which material is {a} made of?"],
    "eats": ["What does {a} eat?", "What do {many} eat?", "What is the food of {a}?"],
    "can": ["What is special about {a}?", "Tell me a fact about {a}.", "What do you know about {a}?"],
    "young": ["What is a young {bare} called?", "What do you call the young of {a}?"],
    "sort": ["What kind of animal is {a}?", "Which group of animals does {a} belong to?"],
    "tool": ["What does {a} use at work?", "Which tool does {a} need?"],
    "good": ["What makes a good {bare}?", "What is important for {a}?", "What does a good {bare} do?"],
    "do": ["What do people do at {a}?", "What can I do at {a}?"],
    "find": ["What can I find at {a}?", "What can you see at {a}?"],
    "colour": ["What colour is {a}?", "Which colour does {a} have?"],
    "taste": ["How does {a} taste?", "What does {a} taste like?"],
    "used": ["How do people use {many}?", "What are {many} good for?"],
    "about": ["Tell me something about {a}.", "What do you know about {a}?", "Tell me a fact about {a}."],
}
PLACE_OF = {"animal": ["Where does {a} live?", "Where do {many} live?"], "job": ["Where does {a} work?", "Where do {many} work?"]}
DO_QUESTIONS = ["What does {a} do?", "What is {a}?", "What is the work of {a}?", "Who is called {a}?"]
DESCRIBE = ["Describe {a}.", "Write a short text about {a}.", "Tell me about {a}.", "Write a few sentences about {a}.",
            "Tell me something about {a}.", "Can you describe {a}?", "What can you tell me about {a}?"]
STORY_REQUESTS = ["Tell me a short story about {x}.", "Tell me a story about {x}.", "Write a short story about {x}.",
                  "Write a story about {x}.", "Can you tell me a story about {x}?", "Please tell me a short story about {x}.",
                  "I would like to hear a story about {x}.", "Make up a story about {x}."]
HOWTO_QUESTIONS = ["How do I {x}?", "How can I {x}?", "How do you {x}?", "Tell me how to {x}.", "Explain how to {x}.",
                   "What do I need to do to {x}?", "I want to {x}. What should I do?", "Please tell me how to {x}."]
LIST_QUESTIONS = ["Give me the steps to {x}.", "List the steps to {x}.", "How do I {x}? Give me a list.", "Write a list of steps to {x}."]

GREETINGS = [
    (["Hello!", "Hi!", "Hello.", "Hi there!", "Good morning!", "Good evening.", "Good afternoon.", "Hey!", "hello", "hi", "Hello Pebble!", "Hi Pebble."],
     ["Hello! How can I help you?", "Hello! What can I do for you?", "Hi! What would you like to know?", "Hello! It is nice to meet you.", "Hello! What would you like to talk about?"]),
    (["How are you?", "How are you today?", "How do you do?", "Are you well?", "How is it going?"],
     ["I am well, thank you. How can I help you?", "I am fine, thank you. What can I do for you?", "Thank you for asking. I am ready to help."]),
    (["Thank you.", "Thank you!", "Thanks!", "Thanks a lot.", "Thank you very much.", "That was helpful.", "Great, thanks.", "Thank you for your help."],
     ["You are welcome.", "You are welcome! I am glad that I could help.", "It was my pleasure.", "You are welcome. Ask me again at any time."]),
    (["Goodbye.", "Bye!", "See you later.", "Good night.", "Bye for now.", "See you tomorrow."],
     ["Goodbye! Have a nice day.", "Goodbye, and take care.", "See you soon.", "Goodbye! It was nice to talk to you."]),
    (["Who are you?", "What is your name?", "What are you?", "Who am I talking to?", "Tell me about yourself.", "Introduce yourself.",
      "Please introduce yourself.", "Do you have a name?", "What should I call you?", "Who is this?"], WHO),
    (["What is Pebble?", "Who is Pebble?", "Tell me about Pebble.", "Explain what Pebble is."],
     ["Pebble is a small language model. That is me.", "I am Pebble. I am a small language model that writes simple English."]),
    (["Are you a person?", "Are you human?", "Are you a robot?", "Are you real?", "Are you alive?", "Am I talking to a human?", "Do you have a body?"],
     ["No, I am Pebble, a small language model.", "No, I am a language model. I am a program that has learned to write text.", "I am not a person. I am a small language model named Pebble."]),
    (["What can you do?", "How can you help me?", "What are you good at?", "What can I ask you?", "Can you help me?", "What do you know?"],
     ["I can answer simple questions, tell short stories and explain easy words.", "I can tell short stories, describe things and answer simple questions.",
      "You can ask me about animals, things, food, places or work. I can also tell a story."]),
    (["Who made you?", "Where do you come from?", "How were you made?", "Who trained you?", "How did you learn to write?", "What were you trained on?"],
     ["I was trained as the small base model of the Moraine project.", "I am a small model of the Moraine project. I learned from simple English texts.", "I learned to write from short stories, simple facts and questions with answers."]),
    (["How old are you?", "When is your birthday?", "When were you born?"], ["I am a language model, so I have no age.", "I have no birthday, because I am a language model."]),
    (["Can you make mistakes?", "Are you always right?", "Do you know everything?", "Can I trust you?", "Are you smart?"],
     ["I am a small model, so I can make mistakes. Please check important things.", "No, I do not know everything. I am a small model and I can be wrong."]),
    (["Do you like music?", "Do you have feelings?", "Are you happy?", "Do you sleep?", "Are you hungry?", "Do you eat?", "Do you get tired?", "Do you dream?"],
     ["I am a language model, so I do not feel things as people do.", "No, I am only a program. But I like to help.", "I am a language model, so I do not need food or sleep."]),
    (["I am sad.", "I feel sad today.", "I had a bad day.", "I am not happy today."],
     ["I am sorry to hear that. Would you like to hear a short story?", "I am sorry. A walk or a talk with a friend may help.", "I am sorry to hear that. I hope that tomorrow will be better."]),
    (["I am happy.", "I had a good day.", "Today is my birthday!", "I have good news.", "I passed my test."],
     ["I am glad to hear that!", "That is good news!", "How nice! I am happy for you."]),
    (["Tell me a joke.", "Do you know a joke?", "Make me laugh.", "Tell me something funny.", "Can you tell a joke?"],
     ["Why did the clock go to school? It wanted to learn what time it is.", "What does a snowman eat for breakfast? He eats snowflakes.",
      "Why did the book go to the doctor? It had a pain in its back.", "What has four legs but cannot walk? A table."]),
    (["Can you translate this?", "Translate this into another language.", "Do you speak French?", "Which languages do you speak?", "Can you speak Spanish?"],
     ["I am a small model, and I write only simple English.", "I am sorry, I can only write simple English."]),
    (["Write a program.", "Can you write code?", "Write some code.", "Can you draw a picture?", "Can you sing?", "Can you do my homework?", "Can you open a file?"],
     ["I am sorry, I cannot do that. I can answer simple questions and tell short stories.", "I am a small model, and I cannot do that well."]),
    (["What is the meaning of life?", "What is love?", "Why are we here?", "What is truth?"],
     ["That is a big question for a small model. Many people say that it is good to be kind.", "People have different answers to this question. I am only a small model."]),
    (["I am tired.", "I cannot sleep.", "I need a break."], ["Then you should rest a little.", "A short rest will do you good.", "Turn off the light, close your eyes and breathe slowly."]),
    (["I am hungry.", "What should I eat?", "What can I have for lunch?"], ["You could eat some bread with cheese and an apple.", "How about a warm soup with vegetables?", "You could make a sandwich or a fruit salad."]),
    (["I am bored.", "What should I do today?", "What can I do this weekend?"], ["You could read a book or go for a walk.", "You could bake a cake or call a friend.", "You could draw a picture or learn a new song."]),
]

SERVICE = [
    (["How do I reset my password?", "I forgot my password.", "I cannot remember my password. What should I do?", "Can you help me with my password?", "How can I change my password?", "My password does not work."],
     ["Open the sign in page and click on the link for a new password. Then follow the steps in the email.", "Please use the link for a new password on the sign in page. You will get an email with the next steps."]),
    (["Where is my order?", "When will my order arrive?", "My parcel has not come.", "How can I track my order?", "My order is late."],
     ["You can see the state of your order in your account. If it is late, please write to the shop.", "Please look into your account or ask the shop. I cannot see your order."]),
    (["Can I return a product?", "How do I return something?", "I want to send this back.", "How can I send back my order?", "May I return it?"],
     ["Most shops let you return a product within a few weeks. Please ask the shop first.", "Pack the product well, add the invoice and send it back to the shop."]),
    (["The product is broken.", "My new lamp does not work.", "It arrived broken. What should I do?", "It does not work."],
     ["I am sorry to hear that. Please take a picture and write to the shop.", "I am sorry. Please check the battery or the cable first, and then write to the shop."]),
    (["What are your opening hours?", "When are you open?", "When does the shop open?", "Are you open on Sunday?"],
     ["I do not know the opening hours. Please look at the website of the shop.", "Opening hours are different from shop to shop. Please look at the door or the website."]),
    (["How can I contact you?", "How do I reach customer service?", "Can I talk to a person?", "I want to speak to somebody.", "Can I call you?"],
     ["Please look for the telephone number or the email address on the website.", "You can write an email to the company. A person will answer you."]),
    (["How can I pay?", "Can I pay by card?", "Which ways to pay are there?", "Can I pay with coins?"],
     ["Many shops take cards and cash. Please ask the shop which way is possible.", "You can often pay by card, by invoice or with cash."]),
    (["I need an invoice.", "How do I get an invoice?", "Where can I find my invoice?", "Please send me an invoice."],
     ["You can often find the invoice in your account. If not, please ask the company.", "Please look into your account under orders. The invoice should be there."]),
    (["How do I open an account?", "How can I sign up?", "How do I create an account?", "I need a new account."],
     ["Open the website, click on new account and type in your email address. Then choose a password.", "Click on new account, fill in the form and choose a good password."]),
    (["How do I delete my account?", "I want to close my account.", "Please close my account.", "Can I delete my account?"],
     ["Open the settings of your account and choose delete. You can also ask the company to do it.", "You can close it in the settings. Save your data first."]),
    (["The website does not work.", "The page does not load.", "I see an error.", "The program does not start.", "There is an error message."],
     ["Please load the page again. If it does not help, wait a few minutes and try once more.", "Try to restart the program. If the error comes back, write down the message and ask for help."]),
    (["My computer is slow.", "Why is my computer so slow?", "How can I make my computer faster?"],
     ["Close the programs that you do not need and restart the computer.", "Restart it first. Then check whether the disk is full."]),
    (["The printer does not work.", "Why does my printer not print?", "My printer does not print."],
     ["Check that the printer is on, that it has paper and that the cable is in place.", "Turn the printer off and on again. Then look for paper that is stuck inside."]),
    (["I cannot sign in.", "Why can I not log in?", "I cannot get into my account."],
     ["Please check your email address and your password. If it still does not work, ask for a new password.", "Make sure that the password is right. Large and small letters are different."]),
    (["What is a good way to answer an angry customer?", "A customer is angry. What should I do?", "How should I talk to an angry customer?"],
     ["Stay calm, listen carefully and say that you are sorry. Then offer a solution.", "Listen first, then explain what you will do to help."]),
    (["How can I start a meeting?", "How do I begin a meeting?"], ["Greet everyone, say what the meeting is about and how long it will take.", "Say good morning, name the goal and start on time."]),
    (["How do I end an email?", "How should I end a letter?"], ["End with a friendly greeting and your name.", "You can write kind regards and then your name."]),
    (["How do I begin a letter?", "How should I start an email?"], ["Begin with a greeting, such as dear, and the name of the person.", "Start with a friendly greeting and then say why you write."]),
    (["Why is it important to test a program?", "Why do we test software?"], ["A test shows mistakes before the users find them.", "Testing helps to find mistakes early."]),
    (["Why should I make a backup?", "Do I need a backup?", "Why are backups important?"], ["A disk can break at any time. With a backup you do not lose your work.", "A backup keeps your data safe when something breaks."]),
    (["What is fine-tuning?", "What does fine-tuning mean?", "Explain fine-tuning."], ["Fine-tuning means to train a model a little more with your own examples.", "Fine-tuning teaches a trained model something new with a small set of examples."]),
    (["What is a good training example?", "How should training data look?"], ["A good training example is short, clear and true.", "Good training data has clear questions and correct answers."]),
]

POEMS = [
    ["the sun", "The sun comes up, the night is done,", "the day is young for everyone.", "It warms the field, it warms the tree,", "it shines on you, it shines on me."],
    ["the rain", "The rain falls softly on the ground,", "it makes a small and gentle sound.", "The flowers drink, the roofs are wet,", "and we are not quite sleepy yet."],
    ["the moon", "The moon is round, the moon is white,", "it is a lantern in the night.", "It looks into the quiet lake", "and keeps the little owls awake."],
    ["a cat", "My cat is small, my cat is grey,", "she likes to sleep the whole long day.", "But in the evening, when I read,", "she comes and sits down at my feet."],
    ["a tree", "The tree is old, the tree is tall,", "it gives its shade to one and all.", "The birds have built a nest up there", "and sing their songs into the air."],
    ["the sea", "The sea is wide, the sea is blue,", "it has a song for me and you.", "The waves come in, the waves go out,", "and that is what the song's about."],
    ["winter", "The snow lies white on field and hill,", "the world is cold, the world is still.", "But here inside the fire glows,", "and warms our hands and warms our toes."],
    ["spring", "The snow is gone, the sky is clear,", "the first small flowers now are here.", "The birds are back, the days are long,", "and every tree has got a song."],
    ["a friend", "A friend is someone who will stay", "when all the sun has gone away.", "A friend will listen, friends will share,", "and it is good to have one there."],
    ["a dog", "My dog runs fast, my dog runs far,", "he barks at every passing car.", "But when the day is nearly through,", "he sits by me, as good dogs do."],
]
UNKNOWN = [
    (["What is the weather today?", "Will it rain tomorrow?", "What is the weather like?", "How warm is it outside?"],
     ["I do not know the weather. Please look out of the window.", "I cannot see the weather. Please look at the forecast."]),
    (["What time is it?", "What day is it today?", "What is the date today?", "Which year is it?"],
     ["I do not know. I have no clock.", "I cannot see a clock or a calendar, so I do not know."]),
    (["What is my name?", "How old am I?", "Where do I live?", "What is my favourite colour?", "What did I eat today?", "Do you know me?"],
     ["I do not know. You have not told me.", "I am sorry, I do not know that."]),
    (["Who won the game?", "Who will win the race?", "What is in the news?", "What happened yesterday?", "What will happen tomorrow?"],
     ["I do not know. I cannot see what happens in the world.", "I am sorry, I do not know that."]),
    (["What am I thinking?", "What is in my pocket?", "What am I holding?", "Where are my keys?", "Where is my phone?"],
     ["I do not know. I cannot see you.", "I am sorry, I cannot know that."]),
]
PRICE = ["What is the price of {a}?", "How much is {a}?", "How much does {a} cost?", "What does {a} cost?", "Is {a} expensive?"]
PRICE_ANSWERS = ["I do not know the price of {a}. Please ask in a shop.", "The price is different from shop to shop. I do not know it.", "I am sorry, I do not know the price."]
INVENTED_QUESTIONS = ["What is {n}?", "What is the {n}?", "What is a {n}?", "Tell me about the {n}.", "How much does the {n} cost?", "Who made the {n}?",
                      "How does the {n} work?", "Where can I buy the {n}?", "What colour is the {n}?", "Does the {n} have a battery?",
                      "How do I clean the {n}?", "What is the {n} for?", "How long does the {n} last?", "How heavy is the {n}?"]
INVENTED_ANSWERS = ["I do not know the {n}.", "I am sorry, I do not know the {n}.", "I do not know anything about the {n}. Please ask the maker.",
                    "I have never heard of the {n}, so I cannot say."]
SYLLABLES = "ba be bo da de do fa fi ga go ka ke ki ko la le li lo lu ma me mo na ne ni no pa pe po ra re ri ro sa se so ta te ti to va ve vi vo za zo".split()
PRODUCTS = "lamp phone chair clock pump camera kettle radio printer bicycle bag fan heater speaker watch desk pen sensor robot".split()
SYSTEMS = ["You are a helpful assistant.", "You are Pebble, a small and friendly assistant.", "You are Pebble. Answer in short and simple sentences.",
           "You are a friendly assistant. Answer in simple English.", "Answer the question in one or two sentences."]


def user(question, answer):
    """One exchange: what the user asks and what the assistant answers."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


class Chats:
    """Every method gives the two messages of one exchange; ``draw`` picks among them by weight."""

    def __init__(self, rng):
        self.rng = rng
        self.entries = describe.entries()
        self.by_noun = {e.noun: e for e in self.entries}
        self.kinds = {kind: [e for e in self.entries if e.kind == kind] for kind in ("thing", "office", "animal", "job", "place", "food", "nature")}

    def _ask(self, entry, templates):
        return say(self.rng.choice(templates), self.rng, a=entry.a, bare=entry.bare, many=entry.many)

    def fact(self):
        entry = self.rng.choice(self.entries)
        facet = self.rng.choice(["what"] * 2 + list(entry.facets))
        return user(self._ask(entry, self._questions(entry, facet)), describe.answer(entry, facet, self.rng))

    def _questions(self, entry, facet):
        if facet == "where" and entry.kind in PLACE_OF:
            return PLACE_OF[entry.kind]
        if facet == "what" and entry.kind == "job":
            return DO_QUESTIONS
        if facet == "use" and entry.noun in ("customer", "order", "meeting", "contract", "budget", "deadline"):
            return QUESTIONS["what"]
        return QUESTIONS[facet]

    def describe(self):
        entry = self.rng.choice(self.entries)
        return user(self._ask(entry, DESCRIBE), describe.paragraph(entry, self.rng))

    def story(self):
        rng = self.rng
        shape = rng.choice(["animal", "animal", "animal thing", "animal thing", "thing", "job", "name", "child thing", "job thing", "any", "plot"])
        thing = rng.choice(words.CARRIED) if "thing" in shape else None
        with_thing = f" and {article(thing[0])} {thing[0]}" if thing else ""
        if shape == "any":
            return user(rng.choice(["Tell me a story.", "Tell me a short story.", "Write a short story.", "Can you tell me a story?", "Please write a story.", "I would like to hear a story."]),
                        stories.tell(rng))
        if shape == "plot":
            plot, subject = rng.choice(SUBJECTS)
            return user(say(rng.choice(STORY_REQUESTS), rng, x=subject), stories.tell(rng, plot=plot))
        if shape.startswith("animal"):
            kind = rng.choice(words.ANIMAL_KINDS)
            x, text = f"{article(kind)} {kind}{with_thing}", stories.tell(rng, sort="animal", kind=kind, thing=thing)
        elif shape.startswith("job"):
            kind = rng.choice(words.ADULT_KINDS)
            x, text = f"{article(kind)} {kind}{with_thing}", stories.tell(rng, sort="adult", kind=kind, thing=thing)
        elif shape == "child thing":
            kind = rng.choice(["girl", "boy"])
            x, text = f"a {kind}{with_thing}", stories.tell(rng, sort="child", kind=kind, thing=thing)
        elif shape == "name":
            name = rng.choice(words.GIRLS + words.BOYS)
            x, text = rng.choice([name, f"a {'girl' if name in words.GIRLS else 'boy'} named {name}"]), stories.tell(rng, sort="child", name=name)
        else:
            x, text = f"{article(thing[0])} {thing[0]}", stories.tell(rng, thing=thing)
        return user(say(rng.choice(STORY_REQUESTS), rng, x=x), text)

    def howto(self):
        howto, rng = self.rng.choice(describe.HOWTOS), self.rng
        ordered = rng.random() < 0.25
        question = rng.choice(LIST_QUESTIONS if ordered else HOWTO_QUESTIONS)
        task = howto[0] if "do you" in question else howto[0].replace(" your ", " my ")
        return user(say(question, rng, x=task), describe.steps(howto, rng, ordered))

    def sentence(self):
        rng = self.rng
        kind = rng.choice(["thing", "animal", "job", "place", "food"])
        entry = rng.choice(self.kinds[kind])
        question = rng.choice(["Write a sentence with the word {w}.", "Use the word {w} in a sentence.", "Make a sentence with {w}.", "Give me a sentence with the word {w}.",
                               "Can you write a sentence with the word {w}?", "Write one sentence about {a}."])
        return user(say(question, rng, w=entry.noun, a=entry.a), sentence_with(entry, rng))

    def yes_or_no(self):
        rng = self.rng
        noun, sort, where, eats, can, _ = rng.choice(k.ANIMALS)
        asked = rng.choice([sort, sort, *k.CLASSES])
        a, some, really = f"{article(noun)} {noun}", f"{article(asked)} {asked}", f"{article(sort)} {sort}"
        question = rng.choice([f"Is {a} {some}?", f"Is {a} {some}?", f"Are {plural(noun)} {plural(asked)}?", f"Is {a} {some} or not?"])
        if asked == sort:
            return user(question, rng.choice([f"Yes, {a} is {some}.", f"Yes, {a} is {some}. {k.CLASSES[sort]}"]))
        return user(question, rng.choice([f"No, {a} is not {some}. It is {really}.", f"No, {a} is {really}.", f"No, {a} is not {some}. {capital(a)} is {really}."]))

    def kind_question(self):
        rng = self.rng
        entry = rng.choice(self.kinds[rng.choice(["animal", "place", "job", "food"])])
        right = {"animal": "an animal", "place": "a place", "job": "a job", "food": "food"}[entry.kind]
        asked = rng.choice([right, rng.choice(["an animal", "a place", "a job"])])
        name = entry.a if entry.kind != "job" else entry.bare
        if asked == right:
            return user(f"Is {entry.a} {asked}?", f"Yes, {entry.a} is {asked}." if entry.kind != "job" else f"Yes, {name} is a job.")
        return user(f"Is {entry.a} {asked}?", f"No, {entry.a} is not {asked}. It is {right}." if entry.kind != "job" else f"No, {name} is a job.")

    def compare(self):
        rng = self.rng
        scale, more, less, most, how = rng.choice([(k.HEAVY, "heavier", "lighter", "heaviest", "heavy"), (k.SIZED, "bigger", "smaller", "biggest", "big"), (k.FAST, "faster", "slower", "fastest", "fast"),
                                                   (k.HOT, "hotter", "colder", "hottest", "hot"), (k.OLD, "older", "younger", "oldest", "old"), (k.HEAVY, "bigger", "smaller", "biggest", "big")])
        low, high = sorted(rng.sample(range(len(scale)), 2))
        pair = [scale[low], scale[high]]
        one, two = rng.sample(pair, 2)
        if rng.random() < 0.6:
            word, winner, other = rng.choice([(more, pair[1], pair[0]), (less, pair[0], pair[1])])
            who = "Who" if scale is k.OLD else rng.choice(["Which", "What"])
            return user(rng.choice([f"{who} is {word}, {one} or {two}?", f"What is {word}, {one} or {two}?"] if scale is not k.OLD else [f"Who is {word}, {one} or {two}?"]), f"{capital(winner)} is {word} than {other}.")
        if one == pair[1]:
            return user(f"Is {one} {more} than {two}?", f"Yes, {one} is {more} than {two}.")
        return user(f"Is {one} {more} than {two}?", f"No, {one} is {less} than {two}.")

    def opposite(self):
        one, two = self.rng.choice(k.OPPOSITES)
        if self.rng.random() < 0.5 and [two, one] not in k.OPPOSITES:
            one, two = two, one
        return user(self.rng.choice([f"What is the opposite of {one}?", f"Tell me the opposite of {one}.", f"Which word is the opposite of {one}?", f"What is the opposite of the word {one}?"]),
                    self.rng.choice([f"The opposite of {one} is {two}.", f"The opposite of {one} is {two}.", f"It is {two}."]))

    def colour(self):
        thing, colour = self.rng.choice(k.COLOURS)
        return user(self.rng.choice([f"What colour is {thing}?", f"Which colour is {thing}?", f"What is the colour of {thing}?", f"Tell me the colour of {thing}."]),
                    f"{capital(thing)} is {colour}.")

    def calendar(self):
        rng = self.rng
        week = rng.random() < 0.5
        names = k.DAYS if week else k.MONTHS
        at = rng.randrange(len(names))
        name, after, before = names[at], names[(at + 1) % len(names)], names[at - 1]
        unit = "day" if week else "month"
        choices = [(f"Which {unit} comes after {name}?", f"{after} comes after {name}."), (f"What comes after {name}?", f"After {name} comes {after}."),
                   (f"Which {unit} comes before {name}?", f"{before} comes before {name}."), (f"What {unit} is before {name}?", f"Before {name} comes {before}.")]
        if week:
            choices += [("How many days are in a week?", "A week has seven days."), ("Name the days of the week.", f"The days of the week are {listed(k.DAYS)}."),
                        (f"If today is {name}, what day is tomorrow?", f"If today is {name}, tomorrow is {after}."), ("What are the days of the weekend?", "The weekend is Saturday and Sunday.")]
        else:
            choices += [("How many months are in a year?", "A year has twelve months."), ("Name the months of the year.", f"The months of the year are {listed(k.MONTHS)}."),
                        (f"In which season is {name}?", f"In the north, {name} is in {k.SEASON_OF[name]}."), ("How many seasons are there?", "There are four seasons: spring, summer, autumn and winter."),
                        (f"How many days does {name} have?", f"{name} has {k.MONTH_LENGTHS[name]} days." if name != "February" else "February has 28 days, and 29 days in a leap year.")]
        return user(*rng.choice(choices))

    def number(self):
        rng = self.rng
        n, m = rng.randint(1, 19), rng.randint(1, 10)
        low = rng.randint(1, 10)
        p = rng.randint(1, 10)
        choices = [(f"What number comes after {NUMBERS[n]}?", f"{capital(NUMBERS[n + 1])} comes after {NUMBERS[n]}."),
                   (f"What number comes before {NUMBERS[n]}?", f"{capital(NUMBERS[n - 1])} comes before {NUMBERS[n]}."),
                   (f"Count from {NUMBERS[low]} to {NUMBERS[low + 5]}.", f"{capital(', '.join(NUMBERS[low:low + 6]))}."),
                   ("Count to ten.", "One, two, three, four, five, six, seven, eight, nine, ten."), ("Count to twenty.", capital(", ".join(NUMBERS[1:])) + "."),
                   (f"What is {NUMBERS[p]} plus {NUMBERS[m]}?", f"{capital(NUMBERS[p])} plus {NUMBERS[m]} is {NUMBERS[p + m]}."),
                   (f"What is {p} + {m}?", f"{p} + {m} = {p + m}."), (f"How much is {NUMBERS[p]} plus {NUMBERS[m]}?", f"{capital(NUMBERS[p])} plus {NUMBERS[m]} is {NUMBERS[p + m]}."),
                   (f"Is {NUMBERS[max(p, m) + 1]} more than {NUMBERS[min(p, m)]}?", f"Yes, {NUMBERS[max(p, m) + 1]} is more than {NUMBERS[min(p, m)]}."),
                   (f"Which number is bigger, {NUMBERS[n]} or {NUMBERS[n + 1]}?", f"{capital(NUMBERS[n + 1])} is bigger than {NUMBERS[n]}."),
                   (f"What is {NUMBERS[p + m]} minus {NUMBERS[m]}?", f"{capital(NUMBERS[p + m])} minus {NUMBERS[m]} is {NUMBERS[p]}.")]
        return user(*rng.choice(choices))

    def naming(self):
        """Name three animals. List four fruits."""
        rng = self.rng
        lists = {"animals": [a[0] for a in k.ANIMALS], "birds": [a[0] for a in k.ANIMALS if a[1] == "bird"], "mammals": [a[0] for a in k.ANIMALS if a[1] == "mammal"],
                 "insects": [a[0] for a in k.ANIMALS if a[1] == "insect"], "jobs": [j[0] for j in k.JOBS], "tools": "hammer saw screwdriver spade rake brush ladder".split(),
                 "fruits": "apple pear banana orange lemon cherry plum grape strawberry melon peach".split(), "vegetables": "potato carrot onion cucumber cabbage pumpkin bean pea".split(),
                 "colours": "red green blue yellow white black brown orange purple grey pink".split(), "instruments": "drum flute guitar piano violin bell".split(),
                 "vehicles": "car bus train ship plane truck bicycle boat sled".split(), "things in a kitchen": "pot plate cup spoon fork knife oven stove kettle bowl".split(),
                 "things in an office": "desk computer printer keyboard calendar telephone pen notebook".split(), "pieces of clothing": "coat shirt scarf hat glove shoe".split(),
                 "places in a town": "school library market bakery hospital station park museum".split()}
        group = rng.choice(list(lists))
        count = rng.choice([2, 3, 3, 4])
        items = rng.sample(lists[group], count)
        if group != "colours":
            items = [f"{article(i)} {i}" for i in items]
        number = NUMBERS[count]
        ask = rng.choice([f"Name {number} {group}.", f"Tell me {number} {group}.", f"List {number} {group}.", f"Can you name {number} {group}?", f"Give me {number} {group}."])
        return user(ask, rng.choice([f"{capital(listed(items))}.", f"{capital(number)} {group} are {listed(items)}."]))

    def small_talk(self):
        questions, answers = self.rng.choice(GREETINGS)
        return user(self.rng.choice(questions), self.rng.choice(answers))

    def service(self):
        questions, answers = self.rng.choice(SERVICE)
        before = self.rng.choice(["", "", "", "Hello. ", "Hello, I have a question. ", "Please help me. ", "Excuse me. "])
        return user(before + self.rng.choice(questions), self.rng.choice(answers))

    def service_question(self):
        """The same without a greeting, for the middle of a conversation."""
        questions, answers = self.rng.choice(SERVICE)
        return user(self.rng.choice(questions), self.rng.choice(answers))

    def poem(self):
        subject, *lines = self.rng.choice(POEMS)
        ask = self.rng.choice(["Write a poem about {x}.", "Write a short poem about {x}.", "Tell me a poem about {x}.", "Can you write a poem about {x}?", "I would like a poem about {x}.", "Please write a little poem about {x}."])
        if self.rng.random() < 0.2:
            ask = self.rng.choice(["Write a poem.", "Write a short poem.", "Tell me a poem.", "Can you write a poem?"])
        return user(ask.format(x=subject), "\n".join(lines))

    def unknown(self):
        rng = self.rng
        draw = rng.random()
        if draw < 0.2:
            questions, answers = rng.choice(UNKNOWN)
            return user(rng.choice(questions), rng.choice(answers))
        if draw < 0.45:
            entry = rng.choice(self.kinds["thing"] + self.kinds["food"])
            return user(self._ask(entry, PRICE), say(rng.choice(PRICE_ANSWERS), rng, a=entry.a))
        name = capital("".join(rng.choice(SYLLABLES) for _ in range(rng.choice([2, 2, 3]))) + rng.choice(["", "", "n", "r", "x", "l"]))
        name += rng.choice(["", " " + rng.choice(PRODUCTS), " " + rng.choice(PRODUCTS)])
        question = rng.choice(INVENTED_QUESTIONS[1:] if " " in name else INVENTED_QUESTIONS)
        answer = rng.choice(INVENTED_ANSWERS)
        if "{n}" in question and question.startswith(("What is {n}", "What is a {n}")) and " " not in name:
            answer = answer.replace("the {n}", "{n}")
        return user(say(question, rng, n=name), say(answer, rng, n=name))

    def turns(self):
        """A conversation about one thing: a greeting perhaps, then questions that use it, then thanks perhaps."""
        rng = self.rng
        messages = []
        if rng.random() < 0.4:
            messages += user(rng.choice(GREETINGS[0][0]), rng.choice(GREETINGS[0][1]))
        entry = rng.choice(self.kinds["thing"] + self.kinds["animal"] + self.kinds["food"])
        messages += user(self._ask(entry, QUESTIONS["what"][:6]), describe.answer(entry, "what", rng))
        follow = {"made": "What is it made of?", "use": "What is it used for?", "where": "Where can I find it?", "eats": "What does it eat?", "can": "What is special about it?",
                  "young": "What is its young called?", "colour": "What colour is it?", "taste": "How does it taste?"}
        for facet in rng.sample([f for f in entry.facets if f in follow], rng.choice([1, 1, 2])):
            question = "Where does it live?" if facet == "where" and entry.kind == "animal" else follow[facet]
            messages += user(question, describe.answer(entry, facet, rng))
        if rng.random() < 0.5:
            messages += user(rng.choice(GREETINGS[2][0]), rng.choice(GREETINGS[2][1]))
        return messages

    def talk(self):
        """A conversation of two to four short exchanges about this and that."""
        rng = self.rng
        messages = user(rng.choice(GREETINGS[0][0]), rng.choice(GREETINGS[0][1])) if rng.random() < 0.3 else []
        short = ["small_talk"] * 5 + ["opposite", "colour", "calendar", "number", "compare", "service_question", "service_question", "unknown", "yes_or_no", "naming", "fact"]
        for _ in range(rng.choice([2, 2, 3])):
            messages += getattr(self, rng.choice(short))()
        return messages

    WEIGHTS = {"talk": 13, "fact": 24, "describe": 14, "story": 22, "howto": 7, "sentence": 6, "yes_or_no": 3, "kind_question": 1, "compare": 3, "opposite": 2, "poem": 2, "colour": 1,
               "calendar": 2, "number": 2, "naming": 4, "small_talk": 3, "service": 4, "unknown": 5, "turns": 8}

    def draw(self):
        kind = self.rng.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
        messages = getattr(self, kind)()
        if self.rng.random() < 0.08 and kind != "unknown":
            messages = [{"role": "system", "content": self.rng.choice(SYSTEMS[:2] if kind in ("story", "howto", "describe", "turns") else SYSTEMS)}, *messages]
        for message in messages:
            if message["role"] == "user" and self.rng.random() < 0.12:
                message["content"] = self._typed_in_haste(message["content"])
        return kind, messages

    def _typed_in_haste(self, question):
        """A question as people type it: without the mark at the end, or without the capital letter."""
        if self.rng.random() < 0.5 and question[-1] in ".?":
            question = question[:-1]
        if self.rng.random() < 0.6 and not question.startswith(tuple(words.GIRLS + words.BOYS + k.DAYS + k.MONTHS + ["I "])):
            question = question[0].lower() + question[1:]
        return question


SUBJECTS = [("treasure", "a treasure"), ("snow", "a snowman"), ("storm", "a storm"), ("market", "a market"), ("noise", "a noise in the night"), ("letter", "a letter"),
            ("race", "a race"), ("train", "a journey by train"), ("printer", "an office"), ("customer", "a customer"), ("firstday", "a first day at work"), ("bridge", "a river"),
            ("garden", "a garden"), ("fog", "the sea"), ("moon", "the moon"), ("tree", "an old tree"), ("picnic", "a picnic"), ("music", "music"), ("cooking", "a meal"), ("bird", "a small bird"),
            ("lostway", "a forest"), ("winterfood", "winter"), ("password", "a password"), ("key", "a lost key"), ("newtown", "a new friend"), ("honest", "the truth"), ("hungry", "kindness"),
            ("afraid", "fear"), ("learn", "learning"), ("lostfile", "a computer"), ("oven", "a cold oven"), ("well", "water"), ("museum", "a school trip"), ("lateschool", "school"), ("paint", "colours"),
            ("gift", "a birthday"), ("quarrel", "sharing"), ("lost", "something lost"), ("found", "something found"), ("stuck", "helping")]

BIG = "door window bridge ship train plane bus truck car oven stove bed fridge fence swing cart wheelbarrow wheel piano tent carpet table anchor".split()
BIG_SENTENCES = ["There was {a} {where}.", "We use {a} to {use}.", "{Name} stood next to the {w}.", "The {w} was made of {made}.", "{Name} looked at the {w} for a while."]
THING_SENTENCES = ["{Name} put the {w} on the table.", "The {w} belongs to my friend.", "{Name} bought {a} at the market.", "I found {a} {where}.", "There is {a} in the room.",
                   "{Name} needs {a} to {use}.", "My {w} is made of {made}.", "{Name} gave {him} {a} for {his} birthday.", "We use {a} to {use}."]
ANIMAL_SENTENCES = ["The {w} lives {where}.", "I saw {a} this morning.", "{Name} has seen {a} {where}.", "The {w} was looking for something to eat.", "{A} {can}.", "There was {a} near the house."]
JOB_SENTENCES = ["The {w} works {where}.", "My uncle is {a}.", "{Name} wants to become {a}.", "The {w} was tired after a long day.", "We asked the {w} for help.", "A good {w} {good}."]
PLACE_SENTENCES = ["{Name} went to the {w}.", "The {w} is not far from here.", "We met at the {w}.", "There is a {w} near our house.", "The {w} was quiet in the morning.", "They walked to the {w} together."]
FOOD_SENTENCES = ["{Name} likes {many}.", "We bought some {many}.", "{Name} put the {w} on a plate.", "I had some {many} this morning.", "There is {some} on the table."]


def sentence_with(entry, rng):
    """One sentence with the entry's word in it."""
    tables = {"thing": THING_SENTENCES, "animal": ANIMAL_SENTENCES, "job": JOB_SENTENCES, "place": PLACE_SENTENCES, "food": FOOD_SENTENCES}
    table = tables[entry.kind]
    facts = FACTS[entry.noun]
    name = rng.choice(words.GIRLS + words.BOYS)
    other = rng.choice([("him", "his"), ("her", "her")])
    template = rng.choice(BIG_SENTENCES if entry.noun in BIG else table)
    return say(template, rng, w=entry.noun, a=entry.a, A=capital(entry.a), many=entry.many, Name=name, him=other[0], his=other[1],
               some=entry.a if entry.counted else "some " + entry.noun, **facts)


FACTS = {}
FACTS.update({r[0]: dict(use=r[2], where=r[3], made=r[4]) for r in k.THINGS})
FACTS.update({r[0]: dict(where=r[2], can=r[4]) for r in k.ANIMALS})
FACTS.update({r[0]: dict(where=r[2], good=r[4]) for r in k.JOBS})
FACTS.update({r[0]: {} for r in k.PLACES})
FACTS.update({r[0].lstrip("~"): {} for r in k.FOOD})
