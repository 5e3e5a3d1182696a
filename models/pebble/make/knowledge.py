"""Written tables of simple knowledge: things, animals, jobs, places, food, nature, the office, opposites and more.

A tilde before a noun marks one that is not counted (water, bread). Every line was written for this corpus.
"""

from grammar import rows

# noun | what it is | what people use it for (to ...) | where it is found | what it is made of
THINGS = rows("""
lantern | a lamp that you can carry | give light in the dark | in a shed or a tent | metal and glass
kite | a toy that flies on a string | play in the wind | in the sky on a windy day | paper and thin wood
boat | a small ship that floats on water | travel on water | on a lake or by the sea | wood or plastic
ball | a round toy | play and do sports | in a garden or on a field | rubber or leather
book | a set of pages with words or pictures | read and learn | in a library or on a shelf | paper
basket | a light container with a handle | carry fruit and other things | in a kitchen or at a market | thin branches
hat | a piece of clothing for the head | keep the sun or the cold away | on a head or on a hook | straw, wool or cloth
key | a small metal tool for a lock | open and close a door | in a pocket or on a hook | metal
map | a drawing of a place seen from above | find the way | in a car or in a bag | paper
drum | a round instrument that you hit | make music | in a music room | wood and skin
clock | a machine that shows the time | know what time it is | on a wall or on a tower | wood, metal or plastic
bell | a hollow metal thing that rings | call people | on a door or in a tower | metal
cup | a small container with a handle | drink tea or coffee | in a kitchen | clay or glass
blanket | a large piece of warm cloth | stay warm | on a bed | wool or cotton
coat | a long piece of clothing | stay warm outside | on a hook near the door | wool or leather
umbrella | a round cover on a stick | stay dry in the rain | in a bag or near the door | cloth and metal
bicycle | a vehicle with two wheels | travel without a motor | on a road or in a shed | metal and rubber
chair | a seat with four legs and a back | sit on | at a table | wood or metal
table | a flat board on legs | eat or work at | in a kitchen or an office | wood
spade | a tool with a flat blade | dig in the ground | in a garden shed | iron and wood
bucket | an open container with a handle | carry water | near a well or in a shed | tin or plastic
ladder | a tool with many steps | reach high places | in a barn or in a shed | wood or metal
radio | a machine that receives sound | hear music and news | in a kitchen or in a car | plastic and metal
torch | a small electric light for the hand | see in the dark | in a drawer or in a tent | plastic
cart | a simple vehicle with wheels | move heavy things | on a farm | wood
flute | a thin instrument that you blow | make music | in a music room | wood or metal
pen | a thin tool with ink | write | on a desk | plastic or metal
pencil | a thin wooden tool with a dark core | write and draw | on a desk or at school | wood
sled | a low vehicle without wheels | slide over the snow | on a snowy hill | wood
box | a container with a lid | keep things together | on a shelf | wood or card
brush | a tool with many hairs on a handle | paint or clean | in a bathroom or a studio | wood and hair
bag | a soft container | carry things | on a shoulder or in a shop | cloth or leather
scarf | a long piece of cloth for the neck | keep the neck warm | on a hook in winter | wool
lamp | a thing that gives light | see when it is dark | on a desk or near a bed | metal and glass
pot | a deep round container with a lid | cook soup and other food | on a stove | iron or steel
doll | a toy that looks like a person | play with | in a toy box | wood or cloth
broom | a brush on a long stick | sweep the floor | in a corner of the kitchen | wood and straw
jar | a glass container with a lid | keep jam or honey | in a kitchen cupboard | glass
mirror | a flat glass that shows what is in front of it | see yourself | in a bathroom | glass
pillow | a soft bag for the head | sleep well | on a bed | cloth and feathers
whistle | a small thing that makes a high sound | give a signal | in a pocket | tin or plastic
hammer | a tool with a heavy head | hit nails | in a tool box | iron and wood
saw | a tool with sharp teeth | cut wood | in a workshop | steel
nail | a thin piece of metal with a point | hold wood together | in a tool box | iron
screw | a metal pin with a thread | hold two things together | in a tool box | steel
screwdriver | a tool that turns screws | put screws in and take them out | in a tool box | steel and plastic
rope | a thick strong string | tie and pull things | on a ship or in a barn | many thin threads
knife | a tool with a sharp edge | cut food | in a kitchen | steel
fork | a tool with points | eat food | in a kitchen drawer | metal
spoon | a tool with a small bowl at one end | eat soup | in a kitchen drawer | metal or wood
plate | a flat dish | put food on | on a table | clay or glass
bowl | a round deep dish | hold soup or fruit | in a kitchen | clay, glass or wood
bottle | a container with a narrow neck | keep water or other drinks | in a kitchen or a bag | glass or plastic
kettle | a container with a spout | boil water | in a kitchen | steel
oven | a hot box | bake bread and cakes | in a kitchen | metal
stove | a machine that gets hot | cook food | in a kitchen | iron or steel
fridge | a cold cupboard | keep food fresh | in a kitchen | metal and plastic
bed | a soft piece of furniture | sleep in | in a bedroom | wood and cloth
door | a part of a wall that opens | go in and out | in every house | wood
window | a glass part of a wall | let light in | in a wall | glass and wood
shelf | a flat board on a wall | put books and other things on | in a living room or a library | wood
drawer | a box that slides in and out of a desk | keep small things | in a desk | wood
carpet | a thick cloth for the floor | keep the floor warm | in a living room | wool
candle | a stick of wax that burns | give light | on a table | wax
soap | a bar that makes foam with water | wash the hands | in a bathroom | fat and oil
towel | a piece of thick cloth | dry the body | in a bathroom | cotton
comb | a flat tool with teeth | make the hair tidy | in a bathroom | plastic or wood
toothbrush | a small brush | clean the teeth | in a bathroom | plastic
shoe | a piece of clothing for the foot | protect the foot | near the door | leather
shirt | a piece of clothing for the upper body | cover the body | in a wardrobe | cotton
glove | a piece of clothing for the hand | keep the hand warm | in a coat pocket | wool or leather
button | a small round thing on clothes | close a shirt or a coat | on a shirt | plastic or wood
needle | a thin sharp piece of metal | sew cloth | in a sewing box | steel
pair of scissors | a tool with two blades | cut paper or cloth | in a drawer | steel
ring | a small round piece of metal | wear on a finger | on a finger | gold or silver
watch | a small clock for the arm | know the time | on an arm | metal and glass
coin | a small round piece of metal | pay for things | in a purse | metal
purse | a small bag for money | carry coins | in a bag | leather
stamp | a small piece of paper on a letter | pay for sending a letter | on an envelope | paper
envelope | a paper cover for a letter | send a letter | in a post office | paper
letter | a message written on paper | tell somebody something | in an envelope | paper
newspaper | a set of large pages with news | learn what happened | on a breakfast table | paper
picture | a drawing, a painting or a photo | make a room nicer | on a wall | paper and paint
camera | a machine that takes pictures | take photos | in a bag | plastic and glass
telephone | a machine that carries voices | talk to people far away | on a desk or in a pocket | plastic
television | a machine with a screen | watch films and news | in a living room | plastic and glass
car | a vehicle with four wheels and a motor | travel on roads | on a street | metal
bus | a large vehicle for many people | travel in the city | at a bus stop | metal
train | a row of wagons that runs on rails | travel to other towns | at a station | steel
ship | a very large boat | carry people and goods over the sea | in a harbour | steel
plane | a machine with wings | travel through the air | at an airport | light metal
truck | a large vehicle for heavy things | carry goods | on a road | metal
wheel | a round thing that turns | make a vehicle move | on a cart or a car | rubber and metal
bridge | a road over a river | cross a river | over a river | stone, wood or steel
tent | a small house of cloth | sleep outside | in a camp | cloth and poles
compass | a small tool with a needle that points north | find the way | in a bag or on a ship | metal and glass
telescope | a tube with glass at both ends | look at the stars | on a hill or a tower | metal and glass
thermometer | a tool that shows how warm it is | measure the temperature | on a wall or near a window | glass
scale | a tool that shows how heavy something is | weigh things | in a kitchen or a shop | metal
ruler | a straight flat stick with numbers | measure and draw lines | on a desk | wood or plastic
battery | a small thing that stores power | make a torch or a radio work | in a torch | metal
guitar | an instrument with six strings | make music | in a music room | wood
piano | a large instrument with black and white keys | make music | in a music room | wood and metal
violin | a small instrument with four strings | make music | in a music room | wood
swing | a seat that hangs on two ropes | swing back and forth | in a garden | wood and rope
fence | a kind of wall around a garden | keep animals in or out | around a garden | wood or wire
net | a cloth with many holes | catch fish | on a boat | string
anchor | a heavy piece of metal | hold a ship in its place | on a ship | iron
backpack | a bag for the back | carry things on a walk | on a back | strong cloth
helmet | a hard hat | protect the head | on a bicycle or at a building site | plastic
wheelbarrow | a small cart with one wheel | move earth and stones | in a garden | metal
rake | a tool with a row of teeth | gather leaves | in a garden | wood and metal
watering can | a container with a long spout | water plants | in a garden | tin or plastic
vase | a tall container | hold flowers | on a table | glass or clay
fan | a machine that moves the air | stay cool | on a desk | plastic
""")

# office and computer | what it is | what people use it for | where | (no material)
OFFICE = rows("""
computer | a machine that works with information | write, calculate and send messages | on a desk
keyboard | a board with keys for letters and numbers | type text | in front of a screen
computer mouse | a small tool that moves the arrow on the screen | point at things on the screen | next to a keyboard
screen | a flat part that shows pictures and text | see what the computer does | on a desk
printer | a machine that puts text on paper | print letters and reports | in an office
file | a named piece of information on a computer | keep text, pictures or data | in a folder
folder | a place for files | keep files in order | on a computer
password | a secret word | protect an account | in your memory
email | a message sent from one computer to another | write to people quickly | in an inbox
website | a set of pages that you read with a browser | give or find information | on the internet
browser | a program that shows websites | read pages on the internet | on a computer
server | a computer that works for other computers | store data and answer requests | in a computer room
database | a well ordered store of data | find information quickly | on a server
program | a list of steps for a computer | make a computer do something | on a computer
backup | a second copy of your data | get lost data back | on another computer
update | a newer form of a program | repair mistakes and add new things | on a computer
network | a group of computers that are joined together | share data | in an office
laptop | a small computer that you can carry | work in many places | in a bag or on a desk
account | a place that belongs to one user | sign in to a service | on a website
link | a word or picture that leads to another page | go to another page | on a website
desk | a table for work | write and work | in an office
calendar | a list of days and months | plan the weeks | on a wall or a computer
meeting | a time when people come together to talk | make plans and decisions | in a meeting room
report | a text that tells what was done or found | inform other people | on a desk
invoice | a letter that says how much to pay | ask for money | in the mail
contract | a written agreement | make clear who does what | in a folder
receipt | a small paper that shows what you paid | prove that you paid | in a bag or a purse
customer | a person who buys something | keep a shop alive | in a shop
order | a request to buy something | buy goods | in a shop
warehouse | a large building for goods | store goods | near a road or a harbour
budget | a plan for money | decide how to spend money | in a company
deadline | the last day for a piece of work | finish work on time | in a calendar
notebook | a book with empty pages | write notes | on a desk
stapler | a small tool that joins sheets of paper | hold pages together | on a desk
badge | a small card with a name | show who you are | on a shirt
elevator | a small room that moves up and down | go to a higher floor | in a tall building
sensor | a part that measures something | measure heat, light or movement | in a machine
robot | a machine that can do work by itself | do hard or boring work | in a factory
language model | a program that has learned to write text | answer questions and write text | on a computer
adapter | a small part that changes how something works | make two things fit together | in a drawer
dataset | a collection of examples | teach a model or study something | on a computer
""")

# animal | class | where it lives | what it eats | what it can do or looks like | its young
ANIMALS = rows("""
dog | mammal | with people | meat and dog food | can smell very well and guards the house | puppy
cat | mammal | with people | meat and fish | catches mice and sleeps a lot | kitten
horse | mammal | on farms and in fields | grass and hay | is strong and can run fast | foal
cow | mammal | on farms | grass and hay | gives milk | calf
sheep | mammal | in fields and on hills | grass | gives wool | lamb
goat | mammal | on farms and in mountains | grass and leaves | can climb well and gives milk | kid
pig | mammal | on farms | roots, grain and vegetables | likes to roll in the mud | piglet
donkey | mammal | on farms | grass and hay | has long ears and carries heavy loads | foal
rabbit | mammal | in fields and holes in the ground | grass and carrots | has long ears and can jump well | kitten
mouse | mammal | in fields and houses | seeds and grain | is very small and has a long tail | pup
rat | mammal | in cities and fields | almost anything | is clever and has a long tail | pup
squirrel | mammal | in trees | nuts and seeds | has a bushy tail and hides nuts for the winter | kit
fox | mammal | in forests and fields | mice, birds and berries | has red fur and is very clever | cub
wolf | mammal | in forests | meat | lives in a group and howls at night | pup
bear | mammal | in forests and mountains | fish, berries and honey | is very strong and sleeps in winter | cub
deer | mammal | in forests | grass and leaves | can run fast and is shy | fawn
hedgehog | mammal | in gardens and woods | insects and worms | has spines and rolls into a ball | hoglet
bat | mammal | in caves and old houses | insects | can fly and hunts at night | pup
whale | mammal | in the sea | small sea animals and fish | is the largest animal of all | calf
dolphin | mammal | in the sea | fish | is clever and jumps out of the water | calf
seal | mammal | near cold seas | fish | swims well and rests on rocks | pup
elephant | mammal | in hot countries | grass, leaves and fruit | has a long trunk and big ears | calf
lion | mammal | in dry grassland | meat | can roar very loudly | cub
tiger | mammal | in hot forests | meat | has orange fur with black stripes | cub
giraffe | mammal | in dry grassland | leaves from tall trees | has a very long neck | calf
zebra | mammal | in dry grassland | grass | has black and white stripes | foal
monkey | mammal | in hot forests | fruit and leaves | can climb very well | infant
camel | mammal | in deserts | dry grass and leaves | can live a long time without water | calf
kangaroo | mammal | in dry grassland | grass | jumps on its back legs and carries its young in a pouch | joey
beaver | mammal | in rivers | bark and leaves | builds dams from wood | kit
mole | mammal | under the ground | worms | digs long tunnels and sees badly | pup
otter | mammal | in rivers | fish | swims well and likes to play | pup
hen | bird | on farms | grain and worms | lays eggs | chick
duck | bird | on ponds and lakes | water plants and small animals | can swim, walk and fly | duckling
goose | bird | on farms and lakes | grass and grain | is loud and guards the farm | gosling
owl | bird | in forests and barns | mice | flies without a sound and sees well at night | owlet
eagle | bird | in mountains | small animals and fish | has very sharp eyes | eaglet
penguin | bird | in cold countries near the sea | fish | cannot fly, but swims very well | chick
swan | bird | on lakes and rivers | water plants | is white and has a long neck | cygnet
parrot | bird | in hot forests | seeds and fruit | has bright colours and can copy words | chick
crow | bird | in fields and towns | almost anything | is black and very clever | chick
stork | bird | near wet fields | frogs and fish | has long red legs and flies south in winter | chick
pigeon | bird | in cities | seeds and bread | always finds its way home | chick
ostrich | bird | in hot, dry countries | plants and seeds | cannot fly, but runs very fast | chick
robin | bird | in gardens | worms and insects | has a red breast | chick
frog | amphibian | in ponds | flies and other insects | can jump and swim | tadpole
toad | amphibian | in gardens and woods | insects and worms | has dry, rough skin | tadpole
snake | reptile | in forests and deserts | mice and eggs | has no legs | snakelet
turtle | reptile | in water and on land | plants and small animals | carries a hard shell on its back | hatchling
crocodile | reptile | in warm rivers | fish and other animals | has many sharp teeth | hatchling
lizard | reptile | on warm stones | insects | likes to lie in the sun | hatchling
shark | fish | in the sea | fish | has many sharp teeth | pup
salmon | fish | in rivers and in the sea | small fish | swims up the river to lay its eggs | fry
goldfish | fish | in ponds and bowls | plants and insects | is orange and lives in quiet water | fry
trout | fish | in cold, clear rivers | insects and small fish | hides under stones | fry
bee | insect | in a hive | nectar from flowers | makes honey | larva
ant | insect | in a nest in the ground | seeds and small insects | works together with many others | larva
butterfly | insect | in gardens and meadows | nectar from flowers | has bright wings | caterpillar
fly | insect | almost everywhere | almost anything | has two wings and six legs | larva
ladybird | insect | on plants | small insects | is red with black spots | larva
grasshopper | insect | in meadows | grass | can jump far and makes a singing sound | nymph
spider | arachnid | in corners and gardens | insects | has eight legs and makes a web | spiderling
snail | mollusc | in gardens | leaves | carries its house on its back and moves very slowly | young snail
octopus | mollusc | in the sea | crabs and small fish | has eight arms | larva
crab | crustacean | on the beach and in the sea | small sea animals | walks sideways and has a hard shell | larva
""")

CLASSES = {
    "mammal": "Mammals have hair or fur, and they feed their young with milk.",
    "bird": "Birds have feathers and wings, and they lay eggs.",
    "fish": "Fish live in water and breathe with gills.",
    "insect": "Insects have six legs.",
    "reptile": "Reptiles have dry skin with scales.",
    "amphibian": "Amphibians live both in water and on land.",
    "arachnid": "Arachnids have eight legs.",
    "mollusc": "Molluscs have soft bodies, and many of them have a shell.",
    "crustacean": "Crustaceans have a hard shell and many legs.",
}

# job | what the person does (a person who ...) | where | a tool | a sentence about a good one
JOBS = rows("""
baker | makes bread and cakes | in a bakery | an oven | gets up very early in the morning
farmer | grows food and keeps animals | on a farm | a tractor | knows the weather and the soil
teacher | helps others to learn | in a school | a book | is patient and explains things clearly
doctor | helps sick people | in a hospital | a thermometer | listens carefully
nurse | takes care of sick people | in a hospital | a thermometer | is kind and careful
cook | prepares meals | in a kitchen | a pan | tastes the food often
painter | paints walls or pictures | in houses or in a studio | a brush | knows how to mix colours
carpenter | makes things from wood | in a workshop | a saw | measures twice and cuts once
tailor | makes and mends clothes | in a small shop | a needle | works with steady hands
gardener | takes care of plants | in a garden | a spade | knows when to plant and when to wait
fisherman | catches fish | on a boat | a net | goes out to sea before the sun comes up
sailor | works on a ship | on a ship | a rope | is not afraid of waves
driver | drives a bus, a car or a truck | on the road | a steering wheel | keeps the eyes on the road
pilot | flies a plane | in a plane | a map | stays calm in a storm
postman | brings letters and parcels | in the streets | a bag | knows every street of the town
librarian | takes care of books | in a library | a catalogue | can find any book
writer | writes books or stories | at a desk | a pen | writes a little every day
builder | builds houses | at a building site | a hammer | wears a helmet
mechanic | repairs machines and cars | in a garage | a wrench | listens to the sound of the motor
electrician | works with electric wires | in houses | a screwdriver | turns off the power first
plumber | repairs water pipes | in houses | a wrench | finds every leak
shopkeeper | sells things in a shop | in a shop | a scale | is friendly to the customers
waiter | brings food and drinks to guests | in a restaurant | a tray | remembers every order
programmer | writes programs for computers | in an office | a keyboard | tests every change
engineer | plans machines and bridges | in an office | a drawing | calculates everything carefully
scientist | studies how the world works | in a laboratory | a microscope | asks many questions
dentist | takes care of teeth | in a dental practice | a small mirror | has steady hands
firefighter | puts out fires | at a fire station | a hose | is brave and quick
police officer | keeps people safe | in the streets | a radio | helps people who are in trouble
judge | decides about questions of law | in a court | a book of laws | is fair
musician | plays music | on a stage | an instrument | practises every day
clockmaker | makes and repairs clocks | in a workshop | a tiny screwdriver | works slowly and exactly
potter | makes pots from clay | in a workshop | a turning wheel | has wet hands all day
shoemaker | makes and mends shoes | in a workshop | a hammer | knows every kind of leather
miller | makes flour from grain | in a mill | a millstone | needs wind or water
beekeeper | takes care of bees | near the hives | a veil | moves slowly and calmly
secretary | writes letters and plans meetings | in an office | a calendar | keeps everything in order
accountant | keeps count of money | in an office | a calculator | checks every number twice
translator | puts a text into another language | at a desk | a dictionary | knows two languages very well
photographer | takes pictures | in a studio | a camera | waits for the right light
""")

# place | what it is | what people do there | what you find there
PLACES = rows("""
school | a place where children learn | read, write and do sums | desks, books and a board
library | a building full of books | read and borrow books | shelves, books and quiet corners
market | a place where people buy and sell | buy fresh food | fruit, vegetables and flowers
bakery | a shop that sells bread | buy bread and cakes | loaves, rolls and an oven
hospital | a building for sick people | get well again | beds, doctors and nurses
station | a place where trains stop | wait for trains | platforms, clocks and benches
airport | a place where planes land | travel by plane | planes, long halls and many bags
harbour | a safe place for ships | load and unload ships | ships, ropes and boats
beach | the sandy land beside the sea | swim and lie in the sun | sand, shells and stones
forest | a large area full of trees | walk and look for mushrooms | trees, birds and deer
river | a long stream of water that flows to the sea | swim, fish and travel by boat | water, stones and fish
lake | a large area of water with land all around | swim and sail | water, boats and ducks
mountain | a very high hill | climb and enjoy the view | rocks, snow and small flowers
valley | the low land between hills | live and grow food | houses, fields and a river
desert | a very dry place with little rain | travel with camels | sand, stones and few plants
island | land with water on all sides | fish and live near the sea | beaches, boats and birds
farm | a place where food is grown | grow plants and keep animals | cows, hens and fields
garden | a piece of land with plants | grow flowers and vegetables | flowers, trees and a bench
park | a green place in a town | walk, rest and play | trees, benches and a pond
museum | a building with old or beautiful things | look and learn | paintings, old tools and statues
theatre | a building with a stage | watch plays | a stage, lights and many seats
restaurant | a place where you pay for a meal | eat and drink | tables, a kitchen and waiters
hotel | a building with rooms for travellers | sleep when they travel | rooms, beds and keys
bank | a place that takes care of money | save and borrow money | desks, money and clerks
post office | a place that handles letters | send letters and parcels | stamps, boxes and scales
office | a room or building for work | write, plan and talk | desks, computers and telephones
factory | a building where things are made | make goods with machines | machines, workers and boxes
workshop | a room for making and repairing things | build and repair things | tools, wood and nails
kitchen | a room for cooking | cook meals | a stove, pots and plates
bathroom | a room for washing | wash and brush their teeth | a bath, soap and towels
bedroom | a room for sleeping | sleep | a bed, a lamp and a wardrobe
barn | a large farm building | keep hay and animals | hay, tools and cows
mill | a building where grain becomes flour | make flour | big stones, grain and sacks
lighthouse | a tower with a strong light near the sea | show ships the way at night | stairs and a very bright lamp
castle | a large old building with thick walls | visit the old rooms | towers, gates and old rooms
village | a small group of houses in the country | live quietly | houses, gardens and a small shop
city | a very large town | live, work and go shopping | tall houses, shops and many streets
street | a road with houses on both sides | walk and drive | houses, lamps and cars
playground | a place where children play | play and climb | swings, sand and slides
zoo | a place where many animals are kept | look at animals | lions, monkeys and birds
cave | a hollow place in a rock | look at the stones and listen to the echo | stones, darkness and bats
""")

# food | what it is | colour | taste | how people use it
FOOD = rows("""
apple | a round fruit that grows on a tree | red or green | sweet and a little sour | in cakes and juice
pear | a fruit that is thin at the top and round below | green or yellow | sweet | in cakes or fresh from the tree
banana | a long, soft fruit | yellow | sweet | for breakfast or in milk
orange | a round fruit with a thick skin | orange | sweet and sour | in juice
lemon | a fruit with a thick skin | yellow | very sour | in tea and on fish
cherry | a small round fruit with a stone inside | dark red | sweet | in cakes and jam
plum | a soft fruit with a stone inside | purple | sweet | in cakes and jam
grape | a small round fruit that grows on a vine | green or purple | sweet | in juice and wine
strawberry | a soft fruit with tiny seeds | red | sweet | in cakes and jam
melon | a large, heavy fruit full of juice | green or yellow outside | sweet and fresh | on hot days
peach | a soft fruit with a stone inside and a fine skin | yellow and pink | sweet | fresh or in cakes
potato | a vegetable that grows under the ground | brown outside and yellow inside | mild | in soups and with many meals
carrot | a long root that grows under the ground | orange | a little sweet | in soups and salads
onion | a round vegetable with many layers | white, yellow or red | sharp | in soups and sauces
tomato | a soft round fruit that many people call a vegetable | red | fresh and a little sour | in salads and sauces
cucumber | a long vegetable full of water | green | fresh and mild | in salads
cabbage | a large round vegetable with many leaves | green or red | strong | in soups
pumpkin | a very large round vegetable | orange | mild and a little sweet | in soups and pies
bean | a seed that grows in a long pod | white, green or brown | mild | in soups and stews
pea | a small round seed that grows in a pod | green | a little sweet | in soups and with rice
mushroom | a soft plant-like thing that grows in damp places | white or brown | mild | in soups and sauces
nut | a dry fruit with a hard shell | brown | rich | in cakes or as a snack
egg | a food that is laid by a hen | white or brown outside | mild | in cakes and for breakfast
~bread | a food made from flour, water and yeast | brown outside and white inside | mild | for breakfast and with soup
~butter | a soft food made from cream | yellow | rich | on bread and in cakes
~cheese | a food made from milk | white or yellow | salty | on bread
~milk | a drink that comes from cows | white | mild | for drinking and cooking
~honey | a thick food made by bees | golden | very sweet | on bread and in tea
~sugar | a food made from beet or cane | white or brown | very sweet | in cakes and drinks
~salt | a mineral that comes from the sea or from rocks | white | salty | in almost every meal
~rice | the seed of a grass that grows in wet fields | white or brown | mild | with vegetables, meat or fish
~flour | a fine powder made from grain | white | mild | in bread and cakes
~soup | a warm liquid meal | yellow, green or red | salty | on cold days
~tea | a hot drink made from leaves | brown or green | a little bitter | in the morning and in the afternoon
~coffee | a hot drink made from roasted beans | dark brown | bitter | in the morning
~jam | a sweet food made from fruit and sugar | red, orange or purple | very sweet | on bread
~chocolate | a sweet food made from cocoa | brown | sweet | as a treat and in cakes
~water | a clear drink that every living thing needs | clear | fresh | for drinking, cooking and washing
~oil | a liquid made from seeds or olives | golden | mild | for cooking
~cake | a sweet food that is baked in an oven | yellow or brown | sweet | at birthdays
""")

# nature | what it is | one more fact | another fact
NATURE = rows("""
the sun | a star that gives us light and warmth | The sun rises in the east and sets in the west. | Without the sun, nothing could grow.
the moon | a round body that travels around the earth | The moon shines at night, because it reflects the light of the sun. | The shape of the moon seems to change during the month.
a star | a very hot ball of gas far away | Stars look small, because they are very far from us. | You can see many stars on a clear night.
the earth | the planet on which we live | The earth travels around the sun once a year. | Most of the earth is covered with water.
~rain | water that falls from clouds | Rain makes the plants grow. | After the rain, there are puddles on the road.
~snow | frozen water that falls in soft white flakes | Snow falls when it is very cold. | Children like to build snowmen.
~ice | frozen water | Ice is hard, cold and slippery. | Ice melts when it gets warm.
~wind | air that moves | The wind moves the leaves and fills the sails of boats. | A very strong wind is called a storm.
a cloud | a mass of tiny drops of water in the sky | Clouds can be white, grey or very dark. | Dark clouds often bring rain.
a storm | very bad weather with strong wind and rain | In a storm it is best to stay inside. | After a storm the air is fresh.
~fog | a cloud that lies near the ground | In thick fog you cannot see far. | Fog often goes away when the sun gets stronger.
~thunder | the loud noise that follows lightning | You see the lightning first and hear the thunder later. | Thunder is loud, but it cannot hurt you.
~lightning | a bright flash of electricity in the sky | Lightning often strikes tall trees. | During lightning you should not stand under a tree.
a rainbow | an arch of colours in the sky | You can see a rainbow when the sun shines while it rains. | A rainbow has red, orange, yellow, green, blue and violet.
a tree | a tall plant with a trunk, branches and leaves | Trees give us shade, fruit and wood. | Some trees live for hundreds of years.
a flower | the colourful part of a plant | Bees visit flowers to collect nectar. | Many flowers smell sweet.
~grass | a low green plant that covers fields | Cows, sheep and horses eat grass. | Grass grows fast when it is warm and wet.
a leaf | the flat green part of a plant | Leaves turn yellow, red and brown in autumn. | Leaves take in light from the sun.
a seed | the small part of a plant from which a new plant grows | A seed needs water, warmth and time. | Birds like to eat seeds.
a stone | a small hard piece of rock | Stones lie in rivers, in fields and on beaches. | People have built houses from stone for a long time.
~sand | very small pieces of stone | Sand covers beaches and deserts. | Sand can be made into glass.
the sea | the salt water that covers most of the earth | The sea is home to fish, whales and many plants. | Ships carry goods across the sea.
a wave | a moving line of water | The wind makes waves on the sea. | Big waves can be dangerous.
a volcano | a mountain that can throw out hot rock | The land around a volcano is often rich and good for plants. | Many volcanoes have been quiet for a long time.
a pond | a small area of still water | Frogs and ducks live in and around ponds. | In winter a pond may freeze.
spring | the season after winter | In spring the days get longer and the first flowers come out. | Birds build their nests in spring.
summer | the warmest season of the year | In summer the days are long and the fruit gets ripe. | Many people go swimming in summer.
autumn | the season after summer | In autumn the leaves turn red and yellow and fall from the trees. | Farmers bring in the harvest in autumn.
winter | the coldest season of the year | In winter the days are short and it often snows. | Some animals sleep through the winter.
~fire | the heat and light of something that burns | Fire keeps us warm and cooks our food. | Fire is dangerous, so never leave it alone.
~air | what we breathe | We cannot see air, but we can feel it when the wind blows. | Plants help to keep the air clean.
~wood | the hard part of a tree | People make houses, chairs and paper from wood. | Dry wood burns well.
~iron | a strong, grey metal | Iron gets red with rust when it is wet. | Many tools are made of iron.
~gold | a yellow metal that does not rust | Gold is rare, so it costs a lot of money. | Rings and coins can be made of gold.
~glass | a hard, clear material made from sand | Windows and bottles are made of glass. | Glass breaks easily.
~paper | thin sheets made from wood | We write and print on paper. | Old paper can be used again to make new paper.
~wool | the soft hair of a sheep | Wool keeps us warm in winter. | People make socks, scarves and blankets from wool.
~electricity | a form of energy that moves through wires | Electricity makes lamps, computers and trains work. | Never touch a broken wire.
~music | sounds put together in a pleasant way | People sing and play instruments to make music. | Music can make us happy or sad.
~time | what we measure with clocks | A minute has sixty seconds, and an hour has sixty minutes. | A day has twenty-four hours.
~sleep | the time when the body rests | Most people sleep at night. | A good sleep helps us to learn.
~friendship | the good feeling between friends | Friends help each other and tell the truth. | A good friend listens.
""")

OPPOSITES = [pair.split("/") for pair in """
big/small hot/cold day/night up/down in/out open/closed old/young new/old fast/slow high/low long/short wide/narrow
light/dark heavy/light full/empty wet/dry clean/dirty rich/poor strong/weak loud/quiet happy/sad good/bad right/wrong
right/left first/last early/late near/far hard/soft sweet/sour thick/thin begin/end buy/sell give/take come/go
laugh/cry win/lose push/pull ask/answer remember/forget find/lose love/hate always/never everything/nothing above/below
before/after inside/outside north/south east/west summer/winter black/white true/false easy/difficult deep/shallow
brave/afraid polite/rude careful/careless safe/dangerous beautiful/ugly cheap/expensive strong/weak sharp/blunt
tight/loose smooth/rough straight/crooked simple/complicated warm/cool awake/asleep alive/dead same/different
possible/impossible front/back top/bottom start/stop start/finish teacher/pupil question/answer friend/enemy
sunrise/sunset increase/decrease more/less many/few accept/refuse arrive/leave build/destroy float/sink rise/fall
morning/evening noisy/silent patient/impatient lucky/unlucky
""".split()]

COLOURS = rows("""
grass | green
the sky on a clear day | blue
snow | white
a lemon | yellow
a ripe tomato | red
a strawberry | red
coal | black
milk | white
a carrot | orange
the sun in a child's drawing | yellow
a leaf in summer | green
the sea | blue
chocolate | brown
a ripe banana | yellow
a crow | black
a swan | white
an elephant | grey
a frog | green
a fox | red
a cucumber | green
salt | white
a plum | purple
a pumpkin | orange
wood | brown
blood | red
gold | yellow
a rain cloud | grey
the night sky | black
a flamingo | pink
butter | yellow
""")

# from the lightest to the heaviest, from the slowest to the fastest, from the coldest to the hottest
HEAVY = ["an ant", "a mouse", "a bird", "a cat", "a dog", "a sheep", "a pig", "a horse", "an elephant", "a whale"]
SIZED = ["a grain of sand", "a coin", "an egg", "an apple", "a melon", "a chair", "a car", "a bus", "a house", "a mountain"]
FAST = ["a snail", "a turtle", "a walking man", "a bicycle", "a horse", "a car", "a train", "a plane"]
HOT = ["ice", "cold water", "warm milk", "boiling water", "fire", "the sun"]
OLD = ["a baby", "a child", "a parent", "a grandparent"]

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
SEASON_OF = {"January": "winter", "February": "winter", "March": "spring", "April": "spring", "May": "spring",
             "June": "summer", "July": "summer", "August": "summer", "September": "autumn", "October": "autumn",
             "November": "autumn", "December": "winter"}
MONTH_LENGTHS = dict(zip(MONTHS, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]))
