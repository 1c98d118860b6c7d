/**
 * Providers whose secrets carry no mark: a line each, with the provider's word and the shapes of `pattern.ts`.
 * `uuid` and `guid` stand for the dashed forms in hexadecimal and in letters and digits.
 * After them may stand `+word`, another word for it; `@id`, the kind's id where it is not `word-key`;
 * `!word`, a word that must be near as well; `!mixed`, capitals and small letters both occur;
 * A word after `~` is an everyday one and counts only right before a word for a secret.
 */
const table = `
8x8 A{43} @eightxeight-key
ably S{43}
~abstract L{32}
abuseipdb L{80}
abyssale A{40} +abbysale
accuweather A{32} V{35}
activecampaign H{72}
addigy A{32} L{32}
adobe L{32} @adobe-api-key
adzuna L{32}
affirm A{32}
agora L{32}
~aha H{64}
ahrefs S{40}
ai21 A{32}
airbrake A{32} A{40} H{32} H{40}
airship A{91}
airtable A{17} S{43,64} @airtable-token
airvisual S{36}
aiven E{372} E{344,400} @aiven-token
akeyless E{40,80}
alchemy S{32} A{32}
alconost L{32}
alegra S{20}
aletheiaapi U{32}
algolia A{32} H{32} @algolia-api-key
alibaba A{30} +aliyun +alicloud +ossaccess !mixed @alibaba-secret-key
alienvault L{64}
allsports L{64}
alphavantage U{16}
amadeus A{32} A{16}
amap H{32}
ambee H{64}
amplitude H{32}
ankr H{64}
anticaptcha H{32}
anypoint X{32} @anypoint-secret
apacta S{36}
api2cart H{32}
apideck A{40}
apiflash L{32}
apifonica L{11}-L{4}-L{4}-L{4}-L{12}
apilayer A{32}
apimatic S{64}
apimetrics A{32}
apiscience S{22}
apitemplate A{39}
~apollo A{22}
appcenter H{40} @app-center-token
appcues S{36,39}
appdynamics A{36}
appfigures H{32}
appfollow A{20}
applitools A{47}
appointedd E{86,88}
appoptics S{71}
appsflyer guid
appsynergy L{64}
apptivo guid A{32}
appveyor L{20} @appveyor-token
appwrite H{256}
artifactory A{73} A{64} +jfrog @artifactory-token
artsy A{32} @artsy-secret
asana A{32} @asana-token
assemblyai L{32}
atera L{32}
atlassian B{44} A{24} +jira +confluence @atlassian-pat
audd S{32}
auth0 S{48,64} S{32} !secret @auth0-client-secret
authorizenet A{16}
autodesk A{32} A{16} @autodesk-secret
autoklose S{32}
~autopilot H{32}
avaza D{1,12}-H{40}
aviationstack L{32}
aws B{40} +secretaccesskey +amazon !mixed @aws-secret-access-key
axonaut L{32}
aylien L{32}
ayrshare U{7}-U{7}-U{7}-U{7} U{8}-U{8}-U{8}-U{8}
azure V{34,44} +armclient !secret @azure-client-secret
azuredevops Q{52} A{84} +systemaccesstoken +vsts +ado @azure-devops-pat
azuresearch A{52} +azure @azure-search-key
~backblaze A{31}
baidu A{32} A{24} +qianfan
~balena A{32}
bandwidth H{48,60}
bannerbear A{22}tt
baremetrics W{25}
baseapi uuid
basecamp H{40}
~beamer E{45,46}
beebole L{40}
besnappy H{64}
~bestbuy A{24}
besttime W{36}
bigcommerce L{31} L{64}
bigdatacloud H{32}
billomat L{32}
binance A{64}
binaryedge uuid
bingsubscription H{32}
bintray H{40} @bintray-key
bitbar L{32}
bitbucket J{64} A{32} S{18,20} 'ATBB'A{24,36} @bitbucket-secret
bitcoinaverage A{43}
bitfinex S{43}
bitgo H{64} 'v2x'H{64}
bitly A{40} H{40} @bitly-token
bitmex S{48} S{24}
bitpay A{44}
bitrise S{86} @bitrise-token
bitstamp A{32}
bittrex H{32} A{32} @bittrex-secret
bitwarden A{30}
blablabus A{22}
blazemeter guid +runscope
blitapp S{39}
blockcypher H{32}
blockfrost A{39}
blocknative guid
blogger S{39}
blynk S{32}
bombbomb M{704}
boostnote H{64}
borgbase V{148,152}
~box A{32} A{30,34} @box-client-secret
braintree H{32}
brandfetch A{40} E{44}
braze guid uuid @braze-key
brightcove S{86}
brightdata guid +luminati
browserstack A{20} @browserstack-access-key
browshot S{28}
buddyns L{40}
budibase H{32}-H{48,80}
bugherd L{22}
bugsnag guid H{32}
bugzilla A{40}
buildkite L{40} H{40} @buildkite-token
builtwith uuid
bulbul L{32}
bulksms A{29}*A{12}
bunny uuid H{8}-H{4}-H{4}-H{12}-H{4}-H{4} +bunnycdn
buttercms L{40}
buzzsprout H{32}
bybit A{36}
caflou J{155}
calendarific L{40} A{32}
calorieninja A{40}
campaignmonitor A{88}
campayn L{64}
~camunda S{54,64}
cannyio guid +~canny
capsulecrm M{64} J{64}
captaindata H{64} uuid
carboninterface A{21}
cashfree H{40}
caspio L{50}
censys A{32}
centralstation L{30} +centralstationcrm
cexio A{24,27}
~chainstack H{32}
chargify A{43}
~chatbot W{32}
chatfuel A{128}
checio 'pk_'L{45}
checklyhq L{32} +checkly
checkvist A{14}
~cicero L{40}
circleci X{40} +~circle @circleci-token
civo A{50}
clarifai H{32}
clearbit W{35}
clickhelp A{24}
clickhouse A{45} A{40} @clickhouse-secret
clicksend uuid
cliengo uuid
clientary A{25,26} +ronin
clinchpad L{32}
clockify A{48} B{16}
~clockwork A{24} H{40} +clockworksms +textanywhere
clojars A{58} @clojars-token
cloudconvert V{740,1000}
cloudelements A{43} L{32}
cloudflare S{40} H{37} +cfapi @cloudflare-api-token
cloudimage W{30}
cloudinary S{27} @cloudinary-secret
cloudmersive guid
cloudplan S{32}
cloudsight A{22}
cloudsmith H{40}
cloudways A{30}
cloverly S{28}
~cloze H{32}
clustdoc A{60}
coda guid
codacy A{20}
codeclimate H{64} H{40} @codeclimate-token
codecov L{32} uuid @codecov-token
codefresh H{24}.H{32}
codemagic S{43}
codequiry H{64}
cognito L{50,52}
cohere A{40} +coapi @cohere-api-key
coinapi S{36}
coinbase S{64} A{16,32} @coinbase-key
coinlayer L{32}
coinlib L{16}
coinmarketcap uuid
collect2 S{32}
~column A{27}
commercejs W{48}
commercetools S{32}
~commodities A{60}
companyhub A{20}
configcat S{22}/S{22}
confluent E{64} S{64} A{16} +kafka @confluent-secret
conjur L{52,60}
contentful S{43} A{64} @contentful-token
convertapi A{16}
convertkit S{22} L{22}
convier A{40}
~copper L{32}
~cortex A{32}
cosmos E{86,88} +documentdb +cosmosdb @cosmosdb-key
couchbase E{40,60} !secret @couchbase-secret
countrylayer L{32}
~courier A{28}
coveralls S{37} A{32}
craftmypdf A{40}
~crisp H{64} uuid
crowdin A{80}
crowdstrike A{40}
crunchbase H{32}
cryptocompare L{64}
currencycloud L{64}
currencyfreaks L{32}
currencylayer L{32}
currencyscoop L{32}
currentsapi S{48}
customerguru A{50} A{30}
customerio A{20} L{20} +~customer +~siteid
d7network A{23}=
dailyco H{64} +~daily
dailymotion H{40}
~dandelion L{32}
dareboost A{60}
datadog H{32} H{40} A{32} A{40} +ddapi +ddapp +ddapplication @datadog-api-key
datafire A{175,190}
datagov A{40}
datocms H{30}
dbt H{40} @dbt-cloud-token
~debounce A{13}
deepai guid
deepgram H{40} L{40}
deepinfra A{32}
~deepl uuid
deepseek S{32,64} +moonshot +dashscope @deepseek-api-key
deezer H{32}
~delighted A{32}
demio A{32} A{20}
~deputy L{32}
deribit S{43}
desec S{28}
detectify L{32}
detectlanguage L{32}
dfuse 'web_'L{32}
dhl A{32}
diffbot L{32}
digitalocean H{64} S{64} +dotoken @digitalocean-token
dingtalk S{64}
discogs A{40}
discord S{32} !secret @discord-client-secret
discourse H{64}
disqus A{64}
~ditto guid.L{40}
dnscheck S{36} A{32}
dnsimple A{32}
dnsmadeeasy uuid
docker guid @docker-token
dockerhub guid @docker-hub-token
docparser H{40}
documo S{36}.S{160,200}.S{43}
docusign guid @docusign-secret
doordash S{43}
dovico L{32}.L{1,24}
~drift A{32}
~drip H{32}
dronahq L{50}
~drone A{32} +droneci @drone-token
dropbox A{64} @dropbox-secret
duckdns uuid
duffel S{43}
~duo A{40} @duo-secret
duply H{32}
dwolla A{50} S{50}
dynadot H{32,52}
dynalist S{128}
dynv6 S{28,30}
dyspatch U{52}
eagleeyenetworks A{15}
easyinsight A{20}
ecostruxure S{60,80}
edamam L{32}
edenai A{36}.A{92}.W{43}
egnyte L{24}
elasticemail S{96} +~elastic @elasticemail-key
elevenlabs H{32} +xiapi @elevenlabs-api-key
emby H{32}
enablex A{36} L{24}
endorlabs S{24,48}
~enigma A{40}
~envoy M{148,220}
~eraser L{20}
etherscan U{34}
ethplorer S{22}
etsy A{24} L{24}
eventbrite U{20} U{50}
everhour H{4}-H{4}-H{6}-H{6}-H{8}
~exa uuid
exchangerate L{24} +exchangerateapi
exchangerates L{32} +exchangeratesapi
exoscale S{43}
~expo S{40}
exportsdk L{5,15}_guid
extractorapi H{40}
facebook H{32} A{32} +fbapp +metaapp +instagram @facebook-secret
faceit uuid
faceplusplus S{32}
fakejson A{22}
fastforex S{28}
fastly S{32} @fastly-api-token
fedex H{32}
feedier A{32}
feishu A{32}
fetchrss V{40}
fibery H{8}.H{35}
figma D{6}-guid uuid @figma-token
fileio U{16}.U{7}.U{7}.U{8} V{39}
filestack A{22}
financialmodelingprep A{32}
findl guid
finicity H{32} A{20}
finnhub L{20}
fireblocks uuid
fitbit H{32} @fitbit-secret
fivetran A{32}
fixer A{32} +fixerio
flatio L{128} +~flat
flexport A{60,80}
flickr L{32} L{16}
flightapi L{24}
flightlabs M{100,600}
flightstats L{32}
~float M{59,60}
flowflu A{51}
fmfw S{32}
fofa H{32}
fontawesome guid @font-awesome-token
formcraft L{32}
formio S{36}.A{310}.S{43}
formsite A{11}
fossa H{32}
foursquare U{48}
freshbooks L{64}
freshdesk A{20}
freshworks S{22}
~front A{36}.V{188,244} +frontapp
frontegg uuid
fulcrum L{80}
fullcontact A{32}
fullstory B{88}
fusebill A{88}
fusionauth S{43}
fxmarket S{20}
gainsight uuid
gandi A{24} H{40}
gateio H{64}
geckoboard A{44}
gemini A{32} A{28} @gemini-secret
~genius S{64}
geoapify L{32}
~geocode L{28}
geocodify L{40}
geocodio L{39}
geoipifi W{32} +ipifi
getemail S{20} +getemails
getgeoapi L{40}
getgist J{68}
getresponse L{32}
getsandbox S{40}
getstream L{64}
gettyimages L{24}
~ghost H{24}:H{64} H{26}
giphy A{32}
gitalk H{40}
gitea H{40} @gitea-token
github H{40} !token @github-legacy-token
gitlab S{20,22} @gitlab-legacy-token
gitter S{40} H{40} @gitter-token
gladia uuid
glassnode A{27}
gnews H{32}
gocd H{40}
godaddy A{22} A{35,37} @godaddy-secret
gogs H{40} @gogs-token
goodday L{32}
gorgias H{64}
gotomeeting A{32}
graphcms L{25} +hygraph
graphhopper guid
greynoise A{64}
groovehq A{64} +~groove
~guardian uuid
gumroad S{43} A{43}
gupshup L{32}
~guru guid
gyazo S{43}
happi A{56}
happyscribe A{24}
~harvest M{97}
hasura A{64}
heap H{32}
~height W{40,50}
hellosign A{64} B{64}
helpcrunch E{328}
helpscout A{56}
hereapi S{43}
heroku uuid @heroku-api-key
hetzner A{64} A{32} @hetzner-token
hibp H{32} +haveibeenpwned
~hightouch uuid
hitbtc A{32}
~hive L{32} A{17}
hiveage S{20}
hockeyapp H{32}
holidayapi guid
hologram A{30}
honeybadger A{20} S{36}
honeycomb A{22} H{32} A{32}
~hotwire A{24}
huawei A{40} +huaweicloud @huawei-secret-key
hubspot guid @hubspot-api-key
~humanity L{40}
humio uuid +logscale @humio-token
~hunter L{40} S{40}
huobi H{8}-H{8}-H{8}-H{5}
hybiscus A{43}
hypertrack S{54}
ibm S{44} @ibm-cloud-key
iconfinder A{64}
iexapis W{35}
iexcloud W{35} W{32}
iflytek H{32} A{32}
ifttt S{22} S{43}
igdb L{30}
imagekit J{36}
imagga E{72}
imgur H{40} @imgur-secret
~impala W{46}
imperva guid
influxdb J{86,88} E{86,88} +influx @influxdb-token
infobip H{32}-uuid
infura H{32} A{32}
insightly guid
instabot B{40,50}
instamojo A{40} A{128}
instana S{22}
integromat guid
intercom E{59,60} @intercom-token
interseller B{40}
intra42 H{64}
intrinio A{44}
invoiceocean A{20}
ip2location U{32}
ipapi L{32}
~ipdata H{56}
ipgeolocation L{32}
ipify S{32} W{32}
ipinfo H{14} L{14}
ipinfodb L{64}
ipquality L{32}
ipregistry A{16}
ipstack X{32}
iterable H{32}
jackett L{32}
jawg A{64}
jellyfin H{32}
jenkins H{32,34} A{32,36} @jenkins-token
jiratoken A{24}
jotform L{32}
jpush H{24}
jumpcloud A{40} H{40}
jupiterone A{76}
~juro A{40}
jwplayer A{24,60}
kairos H{32} U{32}
kakao H{32} A{32}
kaltura H{32}
~kanban U{12}
karmacrm A{20} +~karma
keenio U{64} H{64} L{24} +~keen
keepa L{64}
keycloak A{32} uuid !secret @keycloak-client-secret
~keygen L{8,64}
kickbox A{64,72}
klaviyo H{32,40}
klipfolio H{40}
knapsackpro H{32}
kontent guid M{200,800}
koyeb L{64}
~kraken E{86,88} E{56} @kraken-key
kucoin uuid H{24}
kylas guid
lambdatest A{50}
languagelayer L{32}
larksuite S{30,60} +lark
lastfm L{32}
launchdarkly S{40} guid @launchdarkly-key
leadfeeder S{43}
leancloud A{24}
lemlist H{32}
~lepton A{32}
lessannoyingcrm S{57}
lidarr H{32}
~linear H{32} !secret @linear-client-secret
linemessaging B{171,172} +linechannel @line-messaging-token
linenotify A{43}
linkedin A{14,16} A{16} @linkedin-secret
linkpreview A{32}
linode H{64} @linode-token
liveagent A{32}
livestorm S{36}.S{134,240}.S{43}
loadmill S{40}
~lob W{35,45}
locationiq 'pk.'A{32}
logentries uuid
loggly uuid @loggly-token
loginradius uuid
logzio A{32} H{32} @logzio-token
lokalise L{40} @lokalise-token
looker A{24} L{24} !secret @looker-secret
loyverse S{32}
lunchmoney H{50}
~luno S{43}
lusha uuid
m3o A{48}
~macaddress W{32}
madkudu H{32}
magento L{32}
magicbell L{40}
~magnetic guid
mailboxlayer L{32}
mailchecker A{64}
mailerlite L{32}
mailgun H{32}-H{8}-H{8} H{32} A{72} @mailgun-api-key
mailjet A{32} H{32} A{87}
mailmodo U{7}-U{7}-U{7}-U{7}
mailsac 'k_'A{36,60}
~majestic U{32}
mandrill S{22}
~manifest A{32}
mapquest A{32}
maptiler A{20}
marketo A{32} !secret @marketo-client-secret
marketstack L{32}
~matomo H{32}
mattermost L{26} @mattermost-token
mavenlink L{64}
maxmind A{16} W{40} +geoip @maxmind-license-key
meaningcloud L{32}
mediastack L{32}
meilisearch S{43} H{64} +meili
meistertask A{43}
~mend H{64}
meraki H{40} @meraki-api-key
mercadopago A{32} +mercadolibre @mercadopago-secret
mesibo A{64}
messagebird A{25}
messari uuid
metaapi H{64} H{24}
metabase uuid
metrilo L{16}
mexc H{32}
mindmeister A{43}
~miro S{27}
misp A{40}
mistral A{32} +mistralai @mistral-api-key
~mite L{16}
mixmax S{36}
mixpanel H{32} S{32} A{30,40}
mocky H{32}
~moderation A{36}.A{115}.W{43}
~monday M{210,240}
mongodbatlas uuid +~atlas @mongodb-atlas-key
monkeylearn H{40}
moonclerk L{32} +moonclerck
moosend uuid
moralis A{64}
mpesa A{32}
musixmatch H{32}
mux B{75}
myintervals L{11}
namecheap H{32}
namecom H{40}
~nasa A{40}
nasdaq S{20} +nasdaqdatalink
~neon A{64}
nessus H{64}
netcore H{32} A{32} +pepipost
nethunt guid
netlify S{43,45} S{40,46} @netlify-token
netsuite X{64} U{64}
neutrinoapi A{48}
newrelic A{40} L{40} H{64} H{32} W{4}-W{42} @new-relic-key
newsapi L{32} H{32}
newscatcher W{43}
nexmo S{16} +vonage @nexmo-secret
nftport guid
ngrok W{43,50} @ngrok-token
nicereply H{40}
nightfall A{43}
~nimble A{30}
~nitro H{32}
nodebb uuid
nomics H{40}
~noticeable A{20}
nozbe A{16}_S{64} +nozbeteams
npmtoken uuid guid @npm-legacy-token
numverify L{32}
nutritionix L{32}
~nvapi S{64}
nylas A{30} L{30}
nytimes A{32} S{32}
oanda H{32}-H{32} A{24}
okta '00'S{40} +ssws @okta-api-token
okx uuid U{32}
omdb H{8}
omnisend S{75}
onelogin H{64} L{64} @onelogin-secret
onepagecrm E{43,44} L{24}
onesignal A{48} S{48} A{45,48} E{47,48} guid
onfleet H{32}
onwater S{20} +onwaterio
oopspam A{40}
openai S{40,200} @openai-api-key
opencagedata L{32} H{32} +opencage
opencorporates A{20}
opengraphr A{80}
openproject H{64}
openrouteservice H{56} L{56} +ors
opentok H{40} +tokbox @opentok-secret
openuv L{32}
openvpn A{64}
openweather L{32} H{32} +openweathermap
opsgenie uuid guid @opsgenie-key
optidash H{32}
optimizely S{54}
~ory S{32} A{32}
otx H{64}
~oura U{32}
overloop S{50}
ovh A{32} A{16} @ovh-secret
owlbot L{40}
oxforddictionaries H{32}
packagecloud H{48}
paddle H{50}
pagarme A{30}
pagerduty S{20} H{32} +pagerdutyapi @pagerduty-key
pandadoc A{40} H{40}
pandascore S{51}
paperform S{36}.S{200,400}.S{683}
paperspace H{30}
papertrail A{20}
paralleldots A{43}
pardot H{32}
parsehub S{12} A{12}
~parsers guid
parseur H{40}
~particle H{40}
partnerstack A{64}
passbase A{128}
pastebin W{32}
paydirtapp L{32}
paymo A{44} H{40} +paymoapp
paymongo A{32} W{32}
paypal S{80} A{80} @paypal-secret
pdflayer L{32}
pdfshift H{32}
~pendo uuid
peopledatalabs L{64} H{64}
percy H{64} @percy-token
~persona S{32}
pexels A{56}
phabricator 'api-'L{28} 'cli-'L{28}
phantombuster A{43}
photoroom 'sk_pr_'W{36,64}
~phrase H{64} +phraseapp @phrase-token
pihole H{64}
pinata H{64}
pinecone uuid
pingdom S{80,90}
pipedream L{32} H{32}
pipedrive A{40} H{40}
~pipl L{25}
pivotaltracker L{32} H{32} +~pivotal
pixabay D{7,8}-H{25} S{34}
~plaid L{30} H{30} L{24} @plaid-secret
planview H{128} +planviewleankit
planyo L{62}
~plausible S{64}
plex S{20} @plex-token
plivo S{40} @plivo-auth-token
podio A{64}
pollsapi U{28}
poloniex H{128} U{8}-U{8}-U{8}-U{8}
~polygon A{32}
polygonio A{32}
portainer E{44}
positionstack L{32} W{32}
postageapp A{32}
postbacks A{32}
postmark guid uuid @postmark-token
powrbot A{40}
~prefect A{36}
prestashop U{32}
~privacy guid
privateai H{32}
prodpad H{64}
profitwell H{32}
prospectcrm S{32}
prospectio S{50} +~prospect
protocolsio L{64}
prowlarr H{32}
proxmox uuid @proxmox-token
proxycrawl S{22}
purestake A{40}
pushbullet V{34}
pusher L{20} H{20} @pusher-secret
pusherchannel L{20}
pushover L{30}
pushwoosh A{80,100}
qase L{40} H{40}
qdrant S{54}
qiniu S{40} @qiniu-secret-key
qualaroo E{64}
quandl S{20}
quay U{64}
qubole L{64}
quickbooks A{40} @quickbooks-secret
quickmetrics S{22}
quicknode H{40}
radarr H{32}
railway uuid @railway-token
rainforest U{32} +rainforestapi
~ramp 'ramp_sec_'A{40,64} @ramp-secret
rancher L{54,64} A{54,64}
rapid7 uuid
rapidapi A{50} S{50} @rapidapi-key
~raven S{16}
rawg L{32} H{32}
raygun E{23,24}
razorpay A{24} @razorpay-secret
reachmail A{40}
~readme A{32}
reallysimplesystems J{153,400}.S{100,1000}
rebrandly H{32} W{32}
recaptcha '6L'S{38}
rechargepayments X{32} X{56} H{64} +~recharge
recurly H{32}
reddit S{27,30} @reddit-secret
redislabs L{50}
redmine H{40}
~refiner uuid
rentman M{200,400}
repairshopr S{51} L{51}
replyio S{24}
restpack A{48}
retellai H{32}
revampcrm A{40} +~revamp
ringcentral S{22} A{22} @ringcentral-secret
ritekit H{44}
~roaring S{28}
roboflow A{20}
rocketchat S{43}
rocketreach S{39} H{32}
rollbar H{32} @rollbar-token
rootly H{64}
route4me U{32}
rownd L{48} guid
runpod U{40}
runrunit H{32} A{18,20}
saladcloud 'salad_cloud_'L{1,12}_A{40,60}
salesblink A{16}
salescookie A{32}
salesflare S{45}
salesmate guid
satismeter A{24} A{16}
saucelabs guid +~sauce @saucelabs-access-key
scaleserp U{32}
scaleway guid uuid @scaleway-secret-key
scalr V{136}
scoutapm A{20}
scrapeowl L{30}
scraperapi L{32} H{32}
scraperbox U{32}
scrapersite A{45}
scrapestack L{32}
scrapfly H{32} L{32}
scrapingant L{32} H{32}
scrapingbee U{80}
screenshotapi U{7}-U{7}-U{7}-U{7}
screenshotlayer L{32} W{32}
scrutinizerci H{64} +scrutinizer
securitytrails A{32}
~segment A{32} S{43}.S{43} @segment-key
selectpdf guid
~semaphore L{32}
semrush H{32}
sendbird H{40} H{24}
~sentiment A{20}
sentinelone A{80}
sentry H{64} @sentry-token
serpapi H{64}
serphouse A{60}
serpstack L{32}
sheety L{64} L{32}
sherpadesk L{32}
shipday A{31} V{31}
shipstation H{32}
shodan A{32}
~shortcut uuid
shotstack A{40}
shutterstock A{32} A{16} @shutterstock-secret
signable H{32}
signalwire A{50} guid
signaturit A{86}
signupgenius A{32}
sigopt U{48}
simfin A{32} uuid
similarweb H{32}
simplesat L{40}
simplynoted A{340,360}
simvoly L{33}
sinch L{32} H{32} +sinchmessage
sirv A{26} E{86,88}
siteleaf L{32}
skrappio A{42} +skrapp
skybiometry L{25,26}
smartsheet A{37} L{26} +smartsheets @smartsheet-token
smartystreets A{20} guid +~smarty
smooch S{86}
snipcart W{75} S{75}
snov H{32}
snowflake G{60,800} @snowflake-token
snyk uuid guid @snyk-token
socketlabs A{20}
sonarcloud L{40} H{40} +sonarqube +sonar @sonar-token
sonarr H{32}
soundcloud A{32}
sourcegraph H{40} @sourcegraph-token
sparkpost H{40}
speechmatics A{32}
speechtextai H{32}
splunk uuid A{22} +hec @splunk-hec-token
spoonacular H{32} L{32}
spoonity A{32}
sportsmonk A{60} +sportsmonks
spotify H{32} A{32} @spotify-secret
~square M{62,64} S{60,64} @square-secret
squarespace uuid
sslmate A{36}
stadia uuid
statuscake A{20} A{30}
statuspage uuid
stitchdata W{35}
stockdata A{40}
storecove S{43}
stormboard H{40}
stormglass S{73}
storyblok A{22}tt
storychief M{940,1000}
strapi H{256} H{128}
strava H{40} L{40} @strava-secret
~streak H{32}
stytch S{48} S{47}= S{49} @stytch-secret
sugester A{32}
sumologic A{64} 'su'A{12} +~sumo @sumologic-key
supernotes S{43}
surge H{32}
surveyanyplace A{32}
surveybot S{80}
surveysparrow S{88}
survicate H{32} L{32}
~swell A{32}
swiftype S{20} A{6}_A{6}-A{6}
tailscale A{20,40}
tallyfy A{36}.A{264}.S{683}
tatum guid +tatumio
tawk H{40}
taxjar H{32} L{32}
teamgate A{80} L{40}
technicalanalysisapi U{48}
tefter A{20}
telegram S{35} @telegram-token
telesign E{86,88} B{86,88}
telnyx 'KEY'S{55}
tenable H{64}
tencent A{32} +qcloud !mixed @tencent-secret-key
text2data U{8}-U{4}-U{4}-U{4}-U{12} guid
textmagic A{30}
thehive A{32}
theoddsapi H{32}
thetvdb uuid H{32}
thingspeak U{16}
thinkific H{32}
thousandeyes A{32} L{32}
thunderforest H{32}
ticketmaster A{32}
tickettailor 'sk_'D{4}_D{6}_H{32}
tiingo H{40} L{40}
timecamp L{26}
timezoneapi A{20}
~tink H{32}
tinymce L{48}
tly A{60}
tmdb H{32} +themoviedb
tmetric U{64}
todoist L{40} H{40}
~together H{64} +togetherai
toggl H{32} L{32} +toggltrack
tomorrowio A{32} +~tomorrow
tomtom A{32}
tradier A{28}
trakt H{64}
transferwise uuid
transloadit H{40} H{32}
travelpayouts H{32} L{32}
travis S{22} A{22} +travisci @travis-token
trello H{32} A{32} H{64} H{76}
tripadvisor U{32}
truelayer uuid
truenas D{1,3}-A{64}
tumblr A{50}
twelvedata H{32} L{32}
twilio H{32} A{32} @twilio-auth-token
~twist H{40} H{46}
twitch L{30} @twitch-token
twitter A{50} A{45} A{25} A{80,120} D{15,20}-A{25,40} @twitter-secret
twocaptcha H{32} +2captcha
typeform A{44}
typesense A{32}
~uber S{40}
ubidots A{30}
unifyid S{44} +~unify
unplugg L{64}
unsplash S{43}
upcdatabase U{32}
uplead S{32}
uploadcare H{20} L{20}
upstash E{38,120} @upstash-token
uptimerobot A{9}-A{24}
upwave L{32}
urlscan uuid guid
userflow A{40}
userstack H{32} L{32}
valueserp U{32}
vastai H{64}
vatlayer H{32} L{32}
~vault 's.'A{24} @vault-legacy-token
veracode H{128} H{32}
vercel A{24} @vercel-token
~verifier L{96}
verimail U{32}
veriphone U{32}
versioneye S{40}
viber H{16}-H{16}-H{16}
vimeo H{32} E{120,128} @vimeo-token
virustotal H{64}
visualcrossing U{25}
voiceflow A{24}
voicegain S{36}.S{108}.S{43}
volcengine uuid B{60}
voodoosms A{43}
vouchery guid
vpnapi A{32} H{32}
vultr U{36} @vultr-api-key
vyte L{50}
wakatime uuid
walkscore H{32} L{32}
~walmart uuid
wandb H{40} +weightsandbiases @wandb-api-key
weatherapi H{29,31}
weatherbit H{32} L{32}
weatherstack H{32} L{32}
weaviate A{36,44}
webex S{64,65}
webflow H{64} A{64} @webflow-token
webscraper A{60}
webscraping A{32}
wechat H{32} +weixin @wechat-secret
weibo H{32} @weibo-secret
wepay W{62}
wercker H{64}
whoxy L{33}
~windy A{32}
wistia H{64}
~wit U{32}
withings H{64}
wiz A{64} @wiz-client-secret
woopra A{20}
wordnik L{50}
worksnaps A{40}
workstack A{60}
worldcoinindex A{35}
worldpay uuid
worldweather L{31}
wrike V{300,400}
xata A{36}
xero S{48} A{48} @xero-secret
~xray H{64}
yahoo H{40} @yahoo-secret
yandex V{83} @yandex-key
yelp S{128} A{128}
youneedabudget H{64} +ynab
yousign H{32} L{32}
youtube S{39} @youtube-api-key
zendesk A{40} S{40} @zendesk-token
zenkit L{8}-A{32}
zenrows H{40}
zenscrape uuid
zenserp guid
zeplin V{350,400}
zerobounce H{32} L{32}
zerotier A{32}
zhipu H{32}.A{16} +bigmodel
zipapi L{32}
zipcodeapi A{64}
zoho H{42} H{32} @zoho-authtoken
zomato H{32}
zonka A{36} +zonkafeedback
~zoom A{32} !secret @zoom-client-secret
zoomeye U{8}-X{4}-X{4}-X{4}-X{11,12}
zoominfo S{40}
zulip A{32} +zulipchat @zulip-key
`

/** A secret without a mark of its own: a provider's word stands near it, and it has a shape. */
export interface ProviderKind {
  readonly id: string
  /** Lower case, without separators: `new_relic` and `New Relic` are `newrelic`. */
  readonly words: readonly string[]
  /** Those of the words that everybody uses, whoever the provider is. */
  readonly everyday: readonly string[]
  readonly values: readonly string[]
  /** A word that must be near as well. */
  readonly needs: string | undefined
  /** Whether capitals and small letters must both occur. */
  readonly mixed: boolean
}

const dashed = (set: string) => [8, 4, 4, 4, 12].map(length => `${set}{${length}}`).join('-')

function readRow(row: string): ProviderKind {
  const [first = '', ...marks] = row.split(' ')
  const marked = (mark: string) => marks.filter(entry => entry.startsWith(mark)).map(entry => entry.slice(1))
  const words = [first, ...marked('+')]
  const plain = words.map(word => word.replace('~', ''))
  return {
    id: marked('@')[0] ?? `${plain[0]}-key`,
    words: plain,
    everyday: plain.filter((_, index) => words[index]!.startsWith('~')),
    values: marks
      .filter(entry => !'+@!'.includes(entry[0]!))
      .map(shape => shape.replace('uuid', dashed('X')).replace('guid', dashed('A'))),
    needs: marked('!').find(entry => entry !== 'mixed'),
    mixed: marks.includes('!mixed'),
  }
}

/** In the order of the table. */
export const providerKinds: readonly ProviderKind[] = table.trim().split('\n').map(readRow)
