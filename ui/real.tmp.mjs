import { chromium } from 'playwright-core';
const base='http://127.0.0.1:5193';
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox']});
const ctx=await b.newContext({viewport:{width:360,height:740},locale:'en-GB',timezoneId:'Europe/Berlin'});
const page=await ctx.newPage(); page.on('pageerror',e=>console.log('ERR',e.message));
const shot=n=>page.screenshot({path:`/tmp/shots/real-${n}.png`});
page.setDefaultTimeout(12000);
try {
await page.goto(base+'/book'); await page.getByRole('heading',{name:'What would you like?'}).waitFor(); await page.waitForTimeout(500); await shot('service');
const first=page.locator('main section li a').first(); console.log(await first.innerText()); await first.click();
for(let i=0;i<3;i++){ const h=await page.locator('h1').innerText(); console.log(h, page.url().slice(-90)); if(h.startsWith('When'))break; await page.locator('main ul li a').first().click(); await page.waitForTimeout(500);}
await page.getByRole('gridcell').first().waitFor(); await page.waitForTimeout(700); await shot('month');
// keyboard
await page.locator('button.day[tabindex="0"]').focus();
console.log('entry', await page.evaluate(()=>document.activeElement.ariaLabel));
await page.keyboard.press('ArrowDown'); await page.keyboard.press('End'); console.log('end', await page.evaluate(()=>document.activeElement.ariaLabel));
await page.keyboard.press('PageDown'); await page.waitForTimeout(800); console.log('pagedown', await page.evaluate(()=>document.activeElement.ariaLabel));
await page.keyboard.press('PageUp'); await page.waitForTimeout(500); console.log('pageup', await page.evaluate(()=>document.activeElement.ariaLabel));
await page.keyboard.press('Home'); await page.keyboard.press('Enter'); await page.waitForTimeout(900);
console.log('after enter', await page.evaluate(()=>document.activeElement.outerHTML.slice(0,120)), page.url().slice(-60));
await page.keyboard.press('Space'); await page.waitForTimeout(600); await shot('time'); console.log(page.url().slice(-120));
await page.getByRole('link',{name:/^Take/}).click(); await page.getByRole('heading',{name:'Is everything right?'}).waitFor(); console.log('focus', await page.evaluate(()=>document.activeElement.tagName));
await page.getByRole('textbox').fill('A little shy of scissors.');
await page.waitForTimeout(400); await shot('review'); const review=page.url();
await page.reload(); await page.getByRole('heading',{name:'Is everything right?'}).waitFor(); console.log('note after refresh:', await page.getByRole('textbox').inputValue());
await page.getByRole('link',{name:'Sign in to book'}).click(); await page.waitForURL(/sign-in/);
await page.getByRole('textbox',{name:/mail/i}).fill('nora@example.com'); await page.getByRole('button',{name:/link|mail|send/i}).first().click(); await page.waitForTimeout(2500);
const text=await (await fetch('http://127.0.0.1:8931/mailbox')).text(); const digits=text.match(/asked for this mail:\s*(\d{3}) (\d{3})/).slice(1).join(''); console.log('digits',digits.length);
await page.locator('input').last().pressSequentially(digits); await page.getByRole('heading',{name:'Is everything right?'}).waitFor(); console.log('back at', page.url()===review, page.url().slice(0,60)); 
console.log('note:', await page.getByRole('textbox').inputValue().catch(()=>''));
// somebody else takes the time first
if (process.argv[2]==='taken') {}
await shot('review2'); await page.getByRole('button',{name:/Book this|Ask for/}).click(); await page.getByRole('heading',{name:/You are booked|Asked for/}).waitFor(); await page.waitForTimeout(500); await shot('done');
const id=new URL(page.url()).searchParams.get('done'); console.log('done', id);
await page.goto(base+'/agenda/'+id); await page.locator('[data-key="reschedule"]').click(); await page.getByRole('gridcell').first().waitFor(); await page.waitForTimeout(800); await shot('move');
const days=page.locator('button.day.free'); await days.nth(Math.min(2,await days.count()-1)).click(); await page.waitForTimeout(800); await page.getByRole('radio').last().check({force:true}); await page.getByRole('button',{name:'Look at the change'}).click(); await page.waitForTimeout(400); await shot('approve'); await page.getByRole('button',{name:/^Move to/}).click(); await page.getByRole('button',{name:'Done'}).waitFor(); await page.waitForTimeout(600); await shot('moved');
console.log(await page.getByRole('dialog').innerText());
// book the same time again: taken
await page.goto(base+'/book?again='+id); await page.getByRole('heading',{name:'When suits you?'}).waitFor(); await page.waitForTimeout(800); console.log('again', page.url().slice(-90)); await shot('again');
} catch(e){ console.log(String(e).slice(0,500)); await shot('failed'); }
await b.close();
